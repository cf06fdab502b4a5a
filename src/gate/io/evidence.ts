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
  /** As spelled in the event. A hint: the id is what identifies. */
  readonly name: RepoName;
}

export interface PullRequestRef {
  readonly repository: RepositoryRef;
  readonly number: PrNumber;
}

export type Evidence =
  | {
      readonly kind: "head_seen";
      readonly pr: PullRequestRef;
      readonly sha: CommitSha;
      readonly baseRef: BranchName;
      readonly at: Instant;
      readonly before: CommitSha | null;
      readonly actor: Account | null;
    }
  | {
      readonly kind: "review_seen";
      readonly pr: PullRequestRef;
      readonly reviewId: ReviewId;
      readonly sha: CommitSha;
      readonly baseRef: BranchName;
      readonly at: Instant;
      readonly author: Account | null;
    }
  | {
      readonly kind: "base_changed";
      readonly pr: PullRequestRef;
      readonly from: BranchName;
      readonly to: BranchName;
      readonly at: Instant;
    }
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
  | {
      readonly kind: "step_up";
      readonly repository: RepositoryRef;
      readonly sha: CommitSha;
      readonly account: Account;
      readonly at: Instant;
    }
  | {
      readonly kind: "foreign_check";
      readonly repository: RepositoryRef;
      readonly sha: CommitSha;
      readonly source: "check_run" | "status";
      readonly appId: AppId | null;
      readonly conclusion: string;
      readonly at: Instant;
    };

export type Work =
  | { readonly kind: "evaluate"; readonly pr: PullRequestRef }
  | { readonly kind: "evaluate_sha"; readonly repository: RepositoryRef; readonly sha: CommitSha }
  | {
      readonly kind: "evaluate_group";
      readonly repository: RepositoryRef;
      readonly groupSha: CommitSha;
      readonly baseRef: BranchName;
      readonly headRef: BranchName;
    }
  | { readonly kind: "closed"; readonly pr: PullRequestRef; readonly merged: boolean }
  | { readonly kind: "watch_branch"; readonly repository: RepositoryRef; readonly branch: BranchName }
  | { readonly kind: "watch_protection"; readonly repository: RepositoryRef }
  | { readonly kind: "reconcile"; readonly repository: RepositoryRef | null };
