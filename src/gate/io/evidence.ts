// What surfaces tell the gate: what one event proves, and what should be looked at again. The shapes are the port that the
// webhook surface asks for. Every time is a time of GitHub's servers; a time of ours would move a verdict with our clock (G11).

import type {
  AppId,
  BranchName,
  CommitSha,
  Instant,
  InstallationId,
  PrNumber,
  RepoName,
  RepositoryId,
  ReviewId,
} from "#kernel";
import type { Account } from "../facts.ts";

export interface RepositoryRef {
  readonly installation: InstallationId;
  readonly id: RepositoryId;
  /** As GitHub spelled it in the event. A hint: the id is what identifies. */
  readonly name: RepoName;
}

export interface PullRequestRef {
  readonly repository: RepositoryRef;
  readonly number: PrNumber;
}

/**
 * What one event proves: ids, SHAs and GitHub's own times, nothing else of a payload. Appended to the ledger; a later
 * event never replaces an earlier one, so reordered and repeated deliveries come to the same.
 */
export type Evidence =
  /** This SHA was the head at `at` or earlier. `before` and `actor` only where the event is the push itself. */
  | {
      readonly kind: "head_seen";
      readonly pr: PullRequestRef;
      readonly sha: CommitSha;
      readonly baseRef: BranchName;
      readonly at: Instant;
      readonly before: CommitSha | null;
      readonly actor: Account | null;
    }
  /** What the review was bound to when we first heard of it: GitHub can re-point it later (gate.md, finding 1). */
  | {
      readonly kind: "review_seen";
      readonly pr: PullRequestRef;
      readonly reviewId: ReviewId;
      readonly sha: CommitSha;
      readonly baseRef: BranchName;
      readonly at: Instant;
      readonly author: Account | null;
    }
  /** D01: approvals from before `at` were given for another target. */
  | {
      readonly kind: "base_changed";
      readonly pr: PullRequestRef;
      readonly from: BranchName;
      readonly to: BranchName;
      readonly at: Instant;
    }
  /** Somebody moved a branch. `after` null: deleted. */
  | {
      readonly kind: "pushed";
      readonly repository: RepositoryRef;
      readonly branch: BranchName;
      readonly before: CommitSha | null;
      readonly after: CommitSha | null;
      readonly forced: boolean;
      readonly actor: Account | null;
      readonly at: Instant;
    }
  /** Somebody writes there: it is one of the client's, also where no pull request has ever been. */
  | { readonly kind: "written_in"; readonly repository: RepositoryRef }
  /** The "Approve" button of our own check run. GitHub sends no time with it: `at` is our database's, at receipt. */
  | {
      readonly kind: "step_up";
      readonly repository: RepositoryRef;
      readonly sha: CommitSha;
      readonly account: Account;
      readonly at: Instant;
    }
  /** Our own check run succeeded. Nothing is decided by it; the log must know why (audit.md, case 39). */
  | {
      readonly kind: "own_success";
      readonly repository: RepositoryRef;
      readonly sha: CommitSha;
      readonly at: Instant;
    }
  /** A check run or status with our name that is not ours (F02). */
  | {
      readonly kind: "foreign_check";
      readonly repository: RepositoryRef;
      readonly sha: CommitSha;
      readonly source: "check_run" | "status";
      readonly appId: AppId | null;
      readonly conclusion: string;
      readonly at: Instant;
    };

/** What should be looked at again, live. Duplicates coalesce; none of these says what the answer is. */
export type Work =
  | { readonly kind: "evaluate"; readonly pr: PullRequestRef }
  /** Every open pull request with this head: check events of forks name none (palantir/bulldozer#563). */
  | { readonly kind: "evaluate_sha"; readonly repository: RepositoryRef; readonly sha: CommitSha }
  | {
      readonly kind: "evaluate_group";
      readonly repository: RepositoryRef;
      readonly groupSha: CommitSha;
      readonly baseRef: BranchName;
      readonly headRef: BranchName;
    }
  /** Closed or merged: judge the merge afterwards (G4), release what was held for it. */
  | { readonly kind: "closed"; readonly pr: PullRequestRef; readonly merged: boolean }
  /** New commits on a branch; the gate knows whether it is a production branch. Re-evaluates no pull request. */
  | { readonly kind: "watch_branch"; readonly repository: RepositoryRef; readonly branch: BranchName }
  /** Rulesets or branch protection changed. */
  | { readonly kind: "watch_protection"; readonly repository: RepositoryRef }
  /** People, names or the installation changed: sweep the repository, or all of the tenant's when null. */
  | { readonly kind: "reconcile"; readonly repository: RepositoryRef | null };
