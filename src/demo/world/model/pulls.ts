export type ReviewState = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";

export interface Review {
  readonly id: number;
  readonly authorId: number;
  state: ReviewState;
  commitSha: string | null;
  body: string;
  readonly submittedAt: number;
  updatedAt: number;
  edited: { readonly by: number; readonly at: number } | null;
}

interface Happened {
  readonly id: number;
  readonly at: number;
  readonly actorId: number;
}

export type TimelineItem =
  | (Happened & { readonly kind: "head_ref_force_pushed"; readonly before: string; readonly after: string })
  | (Happened & { readonly kind: "base_ref_changed"; readonly from: string; readonly to: string })
  | (Happened & {
      readonly kind: "review_dismissed";
      readonly reviewId: number;
      readonly previous: ReviewState;
      readonly message: string;
    })
  | (Happened & {
      readonly kind: "review_requested";
      readonly reviewerId: number | null;
      readonly teamId: number | null;
    })
  | (Happened & { readonly kind: "closed" })
  | (Happened & { readonly kind: "merged"; readonly sha: string });

export interface IssueComment {
  readonly id: number;
  /** The issue or pull request it stands under. */
  readonly number: number;
  readonly authorId: number;
  readonly appId: number | null;
  body: string;
  readonly createdAt: number;
  updatedAt: number;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly authorId: number;
  readonly appId: number | null;
  readonly labels: readonly string[];
  readonly createdAt: number;
}

export type MergeMethod = "merge" | "squash" | "rebase";

export interface PullRequest {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  readonly authorId: number;
  state: "open" | "closed";
  merged: boolean;
  draft: boolean;
  readonly createdAt: number;
  updatedAt: number;
  closedAt: number | null;
  mergedAt: number | null;
  mergedById: number | null;
  mergeCommitSha: string | null;
  /** null: the head repository was deleted. */
  headRepoId: number | null;
  readonly headOwnerId: number;
  readonly headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  autoMerge: { readonly by: number; readonly at: number; readonly method: MergeMethod } | null;
  readonly reviews: Review[];
  readonly requestedReviewers: Set<number>;
  readonly requestedTeams: Set<number>;
  readonly timeline: TimelineItem[];
  readonly labels: string[];
  /** Once closed, commits and files are those of the moment of closing. */
  frozen: { readonly mergeBase: string; readonly head: string } | null;
}
