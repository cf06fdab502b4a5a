// Claims of the tenants there are, and whether the database accepts this process's signature on them.

import { Fault, type TenantId } from "#kernel";
import type { Database, TenantClaim, TenantTx } from "#platform/postgres";
import { activeTenants } from "#tenants/io";

export async function claimsOf(database: Database): Promise<readonly TenantClaim[]> {
  const tenants = await database.withPlatform(activeTenants);
  const claims = await Promise.all(tenants.map((tenant) => database.claimFor(tenant)));
  return claims.filter((claim) => claim !== null);
}

/** Under a claim of this moment: one lives fifteen minutes. `otherwise`: the tenant is not active now. */
export async function inTenant<T, Otherwise = T>(
  database: Database,
  tenant: TenantId,
  work: (tx: TenantTx) => Promise<T>,
  otherwise: Otherwise,
): Promise<T | Otherwise> {
  const claim = await database.claimFor(tenant);
  return claim === null ? otherwise : database.withTenant(claim, work);
}

/** null: no tenant yet, so nothing to try it on. */
export async function claimAccepted(database: Database): Promise<boolean | null> {
  const [claim] = await claimsOf(database);
  if (claim === undefined) return null;
  try {
    await database.withTenant(claim, async () => {});
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === "tenant_inactive") return false;
    throw error;
  }
}
