// Credentials that Vault (or OpenBao) makes for one lease and ends with it: `<mount>/creds/<role>`.

import { setTimeout as pause } from "node:timers/promises";
import { Fault, instantOfMillis, type TenantId } from "#kernel";
import { createVaultSession, type VaultPlace, type VaultTiming } from "#keys/io";
import { credentialIn, credentialsPath, leaseIn, saysGone } from "../vault.ts";
import type { LeaseProvider, LeaseRequest, Minting } from "../types.ts";

const TIMING: VaultTiming = { clock: Date.now, sleep: (ms) => pause(ms), timeoutMs: 5_000 };

/** Names no answer and no request: either may hold the credential. */
const lost = (place: VaultPlace, why: string, cause?: unknown): Fault =>
  new Fault("keys_unavailable", `Vault at ${place.address} ${why}. The lease is looked after until that is known.`, {
    cause,
  });
const forbidden = (place: VaultPlace, why: string): Fault =>
  new Fault("config_invalid", `Vault at ${place.address} ${why}.`);

export interface VaultLeases {
  readonly place: VaultPlace;
  /** null: no such client, or not active. */
  readonly prefixOf: (tenant: TenantId) => Promise<string | null>;
  readonly timing?: VaultTiming;
}

export function createVaultProvider({ place, prefixOf, timing = TIMING }: VaultLeases): LeaseProvider {
  const session = createVaultSession(place, timing, { lost, forbidden });

  async function end(leaseId: string): Promise<void> {
    // sync: when Vault says so, it is so. Done twice it is as if done once.
    const answer = await session({
      method: "POST",
      path: "sys/leases/revoke",
      body: { lease_id: leaseId, sync: true },
      repeatable: true,
    });
    if (answer.kind === "ok" || answer.kind === "absent" || saysGone(answer.errors)) return;
    throw lost(place, "did not revoke a lease");
  }

  async function mint({ tenant, scope }: LeaseRequest): Promise<Minting> {
    if (scope.kind !== "vault") throw new Fault("invariant_broken", `Vault was asked for a lease of ${scope.kind}.`);
    const prefix = await prefixOf(tenant);
    if (prefix === null) return { kind: "refused", why: "There is no such client." };
    const place = credentialsPath(prefix, scope);
    if (place.kind === "refused") return place;
    let answer;
    try {
      // Each time it is asked it makes another one: an answer that was lost is not asked for again.
      answer = await session({ method: "GET", path: place.path, repeatable: false });
    } catch (error) {
      if (error instanceof Fault && error.code === "config_invalid") return { kind: "refused", why: error.message };
      throw error;
    }
    if (answer.kind !== "ok") return { kind: "refused", why: `Vault has no role at ${place.path}.` };
    const found = credentialIn(answer.body, place.path);
    if (found === null) {
      const other = leaseIn(answer.body);
      if (other !== null) await end(other);
      return {
        kind: "refused",
        why: `What Vault gave at ${place.path} is no login that it can end. It was given back.`,
      };
    }
    const { leaseId, seconds, username, password } = found;
    return {
      kind: "minted",
      minted: {
        credential: { kind: "login", username, password },
        revocation: { leaseId },
        endsAt: seconds === 0 ? null : instantOfMillis(timing.clock() + seconds * 1000),
      },
    };
  }

  return {
    mint,
    async revoke(_, { revocation: { leaseId } }) {
      if (leaseId === undefined) throw new Fault("invariant_broken", "A lease of Vault's without its id.");
      await end(leaseId);
    },
  };
}
