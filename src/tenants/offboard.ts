// A client's way out: what it is made of, what comes next, and what other rooms and surfaces do for it.

import type { EntryId, Instant, InstallationId, Json, TenantId } from "#kernel";

/** Who leaves. The prefix names folder and environment; every row has the id alone. */
export interface Leaver {
  readonly tenantId: TenantId;
  readonly prefix: string;
  /** The entry by which a person goes past a provider that does not answer. */
  readonly override?: EntryId | null;
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
  /** Leases that are not known to be dead. */
  open(tenant: TenantId): Promise<number>;
}

/** What a client gave us for its channels (Slack, mail), at whoever it is good for. */
export interface ChannelSide {
  /**
   * Takes back what can be taken back, and looks that it is. `stands`: a sentence for each credential, the same however often it is asked.
   * `problems`: what is not known to be taken back. Idempotent.
   */
  revoke(leaver: Leaver): Promise<{
    readonly stands: Readonly<Record<string, string>>;
    readonly problems: readonly string[];
  }>;
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

/** What is looked at when a client is gone: the checklist of `tenant verify`, of the certificate, and of docs/offboarding.md. */
export const CHECKS = [
  { id: "a", what: "No table that holds clients' rows has one of this client" },
  { id: "b", what: "Every other table is on the reviewed list" },
  { id: "c", what: "No text of the platform's own tables names it" },
  { id: "d", what: "No large object, role, schema, queue, job, statistic or replication slot names it" },
  { id: "e", what: "Its folder and its files are gone" },
  { id: "f", what: "Its key is destroyed, and what was sealed under it does not open" },
  { id: "g", what: "GitHub knows its installations no more" },
  { id: "h", what: "Its API keys, claims and deliveries are refused" },
  { id: "i", what: "Nothing is registered for it, and nothing was found unregistered" },
] as const;
export type CheckId = (typeof CHECKS)[number]["id"];

/** One line of that checklist. */
export interface Check {
  readonly id: CheckId;
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
  /** The platform's entry that says why keys were destroyed although a provider had not answered; null: all had. */
  readonly override: EntryId | null;
}

export interface CertificateSide {
  /**
   * Signs it, keeps it, and writes the tombstone, in one commit. Asked again for the same tenant: the same certificate, and
   * nothing is written. The tenant's row (id, slot, state `purged`, no prefix) is the orchestration's.
   */
  issue(facts: CertificateFacts): Promise<{ readonly id: string }>;
}

/** The next of those that are to be taken in order; null: all are. */
export const nextStep = <Step extends string>(order: readonly Step[], taken: readonly string[]): Step | null =>
  order.find((step) => !taken.includes(step)) ?? null;

/** Seconds until a step that failed is tried again: 5, 10, 20, ... to five minutes. */
export const pauseAfter = (tries: number): number => Math.min(5 * 2 ** Math.min(tries, 10), 300);

export interface TableLink {
  /** The table that refers, and the one whose rows must outlive its own. */
  readonly from: string;
  readonly to: string;
}

/** Tables so that none comes before one that refers to it; null: they refer to each other in a circle. A table's own links do not count. */
export function deletionOrder(tables: readonly string[], links: readonly TableLink[]): readonly string[] | null {
  const left = new Set(tables);
  const order: string[] = [];
  while (left.size > 0) {
    const free = [...left].filter(
      (table) => !links.some(({ from, to }) => to === table && from !== table && left.has(from)),
    );
    if (free.length === 0) return null;
    for (const table of free.toSorted()) {
      order.push(table);
      left.delete(table);
    }
  }
  return order;
}
