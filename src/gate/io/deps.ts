import type { Append, Spool } from "#audit/io";
import type { EntryId, PrNumber, RepositoryId } from "#kernel";
import type { GitHub } from "#platform/github";
import type { Enqueue } from "#platform/jobs";
import type { Database, TenantClaim, TenantTx } from "#platform/postgres";

/** Every place between two durable steps. A test stops the process there; everywhere else `crash` is absent. */
export type Step =
  | "merge:intended"
  | "merge:decided"
  | "merge:calling"
  | "merge:called"
  | "merge:read_back"
  | "publish:intended"
  | "publish:written"
  | "revert:intended"
  | "revert:called";

/** What the gate needs from the world, wired in main. */
export interface GateDeps {
  readonly database: Database;
  readonly github: GitHub;
  readonly enqueue: Enqueue;
  readonly append: Append;
  /** For stops alone (stop.ts): on this machine's disk before the act, and in the log as soon as it takes entries again. */
  readonly spool: Spool;
  /** Waits, bounded, until the entry has its place in the log: from then on its loss shows. false: not in time. */
  readonly sequenced: (claim: TenantClaim, entry: EntryId) => Promise<boolean>;
  /** What stands beside the verdict on the check run of these pull requests: lines of words of ours alone. Absent: nothing. */
  readonly beside?: (
    tx: TenantTx,
    repository: RepositoryId,
    numbers: readonly PrNumber[],
  ) => Promise<readonly string[]>;
  readonly crash?: (step: Step) => void | Promise<void>;
}
