// What the outside tells the ledger. Every time here is a time of GitHub's servers, taken from the payload or answer;
// a time of ours would move a verdict with our clock (case G11).

import type { BranchName, CommitSha, Instant, InstallationId, PrNumber, RepoName, RepositoryId, ReviewId, UserId } from "#kernel";
import type { Account, Contribution, HeadSighting } from "../facts.ts";

export interface PullRequestRef {
  readonly repositoryId: RepositoryId;
  readonly number: PrNumber;
}

export type Evidence =
  /** Before anything else about a repository. The installation must be the tenant's own. */
  | { readonly kind: "repository"; readonly repositoryId: RepositoryId; readonly installationId: InstallationId; readonly name: RepoName; readonly active: boolean }
  | ({ readonly kind: "pull_request"; readonly state: "open" | "closed" | "merged"; readonly headSha: CommitSha; readonly baseRef: BranchName } & PullRequestRef)
  | ({ readonly kind: "head"; readonly sighting: HeadSighting } & PullRequestRef)
  | ({ readonly kind: "review"; readonly reviewId: ReviewId; readonly sha: CommitSha; readonly baseRef: BranchName; readonly at: Instant } & PullRequestRef)
  /** `previousRef` is given when the base was changed. */
  | ({ readonly kind: "base"; readonly baseRef: BranchName; readonly previousRef: BranchName | null; readonly at: Instant } & PullRequestRef)
  | ({ readonly kind: "contribution"; readonly contribution: Contribution } & PullRequestRef)
  | ({ readonly kind: "requester"; readonly userId: UserId | null; readonly login: string; readonly source: "issue" | "assignment" | "command" | "operator" } & PullRequestRef)
  | { readonly kind: "step_up"; readonly repositoryId: RepositoryId; readonly sha: CommitSha; readonly account: Account; readonly at: Instant }
  | ({ readonly kind: "hold"; readonly act: "hold" | "release"; readonly account: Account; readonly at: Instant } & PullRequestRef);
