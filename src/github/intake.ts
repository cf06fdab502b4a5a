// The port to the gate. Surfaces translate events; what follows from them is the gate's. Everything here is written in
// the transaction of the job that handles the delivery, so that evidence and work exist together or not at all.

import type { Account, Permission } from "#gate";
import type { Evidence, PullRequestRef, RepositoryRef, Work } from "#gate/io";
import type { Instant, Known } from "#kernel";
import type { TenantClaim, TenantTx } from "#platform/postgres";
import type { GithubNews } from "#tickets";

export type HoldAnswer = "held" | "already_held";
export type ReleaseAnswer = "released" | "not_held" | "held_by_others";

export interface GateIntake {
  observed(tx: TenantTx, evidence: Evidence): Promise<void>;
  request(tx: TenantTx, work: Work): Promise<void>;

  /** INVARIANT: stops the pull request (fact `holds`, reason `held`) until released; one row per holder. */
  hold(tx: TenantTx, pr: PullRequestRef, by: Account, reason: string, at: Instant): Promise<HoldAnswer>;
  /** Releases the holds of `by`, or of everybody when `all`. */
  release(tx: TenantTx, pr: PullRequestRef, by: Account, all: boolean, at: Instant): Promise<ReleaseAnswer>;
  /** Every approval of `by` until `at` is withdrawn (fact `withdrawals`). */
  withdraw(tx: TenantTx, pr: PullRequestRef, by: Account, at: Instant): Promise<void>;

  /** Read live from GitHub, outside any transaction. */
  permission(claim: TenantClaim, repository: RepositoryRef, account: Account): Promise<Known<Permission>>;
  /** The report of the last verdict as Markdown, or null when there is none yet. */
  explain(claim: TenantClaim, pr: PullRequestRef): Promise<string | null>;
}

/** The port to the tickets' source (src/tickets/io/sources/github.ts). */
export interface NewsIntake {
  /** Reads what it needs outside any transaction; what it gives is run in the one that handles the delivery. null: nothing to hear. */
  prepare(news: GithubNews): Promise<((tx: TenantTx) => Promise<void>) | null>;
}
