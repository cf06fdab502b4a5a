// A client's way out: what it is made of, what comes next, and what other rooms and surfaces do for it.

import type { EntryId, Instant, InstallationId, Json, TenantId } from "#kernel";

/** Who leaves. The prefix names folder and environment; every row has the id alone. */
export interface Leaver {
  readonly tenantId: TenantId;
  readonly prefix: string;
}

/** Undone by `reinstate`, all of them idempotent, in any order: access is dead before the first of them is taken. */
export const SOFT_STEPS = ["leases_revoked", "installations_suspended", "api_keys_disabled"] as const;
export type SoftStep = (typeof SOFT_STEPS)[number];

/**
 * INVARIANT: the order. Providers first, while there are credentials to revoke with; keys before rows, so that from the first
 * irreversible act on every copy is unreadable, backups included; the certificate last, after the look at what it says.
 */
export const HARD_STEPS = [
  "provider_revoked",
  "keys_destroyed",
  "rows_deleted",
  "files_removed",
  "analysed",
  "verified",
  "certified",
] as const;
export type HardStep = (typeof HARD_STEPS)[number];

/** What was done in a step, in numbers and random ids: no tenant's data. The ledger outlives the tenant. */
export type StepDetail = Readonly<Record<string, Json>>;

export interface TakenStep {
  readonly step: SoftStep | HardStep;
  readonly at: Instant;
  readonly detail: StepDetail;
}

/** The GitHub App's side, as the App itself (its JWT): a token of the installation is refused while it is suspended. */
export interface GithubSide {
  /** Idempotent; one that is gone stays so without an error. Throws when GitHub does not answer. */
  suspend(installation: InstallationId): Promise<void>;
  unsuspend(installation: InstallationId): Promise<void>;
  /** Final: uninstalls it. */
  remove(installation: InstallationId): Promise<void>;
  state(installation: InstallationId): Promise<"active" | "suspended" | "gone">;
}

export interface LeaseSide {
  /** Every lease that is open. Returns when each is revoked, or will be by its own end at the latest. */
  revokeAll(tenant: TenantId): Promise<void>;
  /** Leases that could still be used. */
  open(tenant: TenantId): Promise<number>;
}

/** A row of platform.tenant_asset: something outside the tenant's tables that was made for it. */
export interface Asset {
  readonly kind: string;
  readonly locator: string;
}

export interface AssetSide {
  list(leaver: Leaver): Promise<readonly Asset[]>;
  /** Removes each, looks that it is gone, and only then its registration. Idempotent. Gives how many of each kind went. */
  remove(leaver: Leaver): Promise<Readonly<Record<string, number>>>;
  /** What is still there, registered or not, a sentence each. None: nothing is. */
  verify(leaver: Leaver): Promise<readonly string[]>;
}

/** One line of the checklist of `tenant verify`, and of the certificate. */
export interface Check {
  /** (a) to (i) of docs/offboarding.md. */
  readonly id: "a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i";
  readonly what: string;
  /** `unknown`: it could not be looked at. A certificate needs every one to pass. */
  readonly result: "pass" | "fail" | "unknown";
  readonly found: readonly string[];
}

/** What a certificate says. Nothing in it depends on how often the erasure was cut off and resumed. */
export interface CertificateFacts {
  readonly tenantId: TenantId;
  /** For the tombstone's HMAC, and for the person who reads it once: stored in no clear copy. */
  readonly prefix: string;
  readonly orderLog: TenantId;
  readonly orderId: EntryId;
  readonly orderedAt: Instant;
  readonly hardAfter: Instant;
  /** All of HARD_STEPS but the last. */
  readonly steps: readonly TakenStep[];
  /** Rows deleted, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Ids of keys that were destroyed. */
  readonly keys: readonly string[];
  /** The tenant's log as it stays: 32-byte hashes, in hex. */
  readonly log: { readonly size: number; readonly root: string };
  readonly checks: readonly Check[];
  /** Until then backups and archived WAL may hold ciphertext that nothing opens. */
  readonly horizon: Instant;
  /** Why keys were destroyed although a provider had not answered; null: every provider was revoked first. */
  readonly override: string | null;
}

export interface CertificateSide {
  /**
   * Signs it, keeps it, and writes the tombstone, in one commit. Asked again for the same tenant: the same certificate, and
   * nothing is written. The tenant's row (id, slot, state `purged`, no prefix) is the orchestration's.
   */
  issue(facts: CertificateFacts): Promise<{ readonly id: string }>;
}
