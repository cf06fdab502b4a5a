import type { TenantId } from "#kernel";
import { isNotAccepted } from "./fault.ts";
import type { Database, TenantClaim, TenantTx } from "./types.ts";

/** A claim lives fifteen minutes; one that is older than this is not used again. Milliseconds. */
const KEPT_MS = 60_000;

/** One transaction of a tenant. null: the tenant is not active. */
export type InTenant = <T>(tenant: TenantId, work: (tx: TenantTx) => Promise<T>) => Promise<T | null>;

export interface KeptClaims {
  /** null: the tenant is not active. */
  claimOf(tenant: TenantId): Promise<TenantClaim | null>;
  /** It was not accepted: the next one is asked for. */
  forget(tenant: TenantId): void;
}

/** Round trips less for who has many short transactions of the same tenants. */
export function keepClaims(
  database: Pick<Database, "claimFor">,
  monotonicMs: () => number = () => performance.now(),
): KeptClaims {
  const kept = new Map<TenantId, { readonly claim: TenantClaim; readonly until: number }>();
  return {
    async claimOf(tenant) {
      const known = kept.get(tenant);
      if (known !== undefined && known.until > monotonicMs()) return known.claim;
      kept.delete(tenant);
      const claim = await database.claimFor(tenant);
      if (claim !== null) kept.set(tenant, { claim, until: monotonicMs() + KEPT_MS });
      return claim;
    },
    forget: (tenant) => void kept.delete(tenant),
  };
}

/**
 * Transactions that are opened with their first statement: until that is answered, the work does nothing in the world.
 * INVARIANT (T2): a kept claim is good for nothing that a new one is not. The database asks in every transaction whether its tenant is
 * active and in the same epoch; where it says no, it is asked once more for a claim, and what it says then counts.
 */
export function keptClaims(
  database: Pick<Database, "claimFor" | "atOnce">,
  monotonicMs: () => number = () => performance.now(),
): InTenant {
  const kept = keepClaims(database, monotonicMs);
  return async <T>(tenant: TenantId, work: (tx: TenantTx) => Promise<T>): Promise<T | null> => {
    const claim = await kept.claimOf(tenant);
    if (claim === null) return null;
    const seen: { tx: TenantTx | null } = { tx: null };
    try {
      return await database.atOnce(claim, (tx) => {
        seen.tx = tx;
        return work(tx);
      });
    } catch (error) {
      // Once a statement of the work was answered, its failure is its own: it is not done twice.
      const answered = seen.tx?.entered() === true;
      if (answered || !isNotAccepted(error)) throw error;
    }
    kept.forget(tenant);
    const anew = await kept.claimOf(tenant);
    return anew === null ? null : database.atOnce(anew, work);
  };
}
