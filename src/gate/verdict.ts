import type { BranchName, CommitSha, PrNumber, ReviewId, UserId } from "#kernel";

/** Why one review does not count. */
export type ReviewCode =
  | "stale_sha"
  | "review_rebound"
  | "unbound_review"
  | "head_time_unknown"
  | "predates_head"
  | "too_fast"
  | "base_changed"
  | "changes_requested"
  | "dismissed"
  | "review_rerequested"
  | "submitted_in_future"
  | "malformed_time"
  | "author"
  | "contributor"
  | "coauthor"
  | "pusher"
  | "requester"
  | "not_human"
  | "service_account"
  | "unknown_reviewer"
  | "insufficient_permission"
  | "outside_collaborator"
  | "superseded"
  | "not_decisive"
  | "withdrawn";

/** Why the pull request does not pass. Review codes surface here when approvals are what is missing. */
export type FailCode =
  | ReviewCode
  | "no_approval"
  | "insufficient_approvals"
  | "requester_unknown"
  | "veto_outstanding"
  | "missing_team"
  | "missing_codeowner"
  | "missing_policy_owner"
  | "step_up_missing"
  | "step_up_invalid"
  | "draft"
  | "not_open"
  | "native_automerge"
  | "head_unavailable"
  | "too_many_files"
  | "unprotected"
  | "check_spoofed"
  | "sibling_unapproved"
  | "held";

/** Why it could not be decided. Error wins over fail, fail over pass. */
export type ErrorCode = "incomplete_facts" | "config_invalid" | "codeowners_invalid" | "group_unmapped" | "undecidable";

export type PassCode = "approved" | "not_production";
export type Code = FailCode | ErrorCode | PassCode;

export type Decision = "pass" | "fail" | "error";

/** A fact for a human: which rule, where, and what would help. `path` and `line` when it is about a file's text. */
export interface Note {
  readonly code:
    | Code
    | "migration"
    | "floor_clamped"
    | "review_edited"
    | "unmapped_coauthor"
    | "veto_ignored"
    | "bypass_recommended";
  readonly text: string;
  readonly path?: string;
  readonly line?: number;
  /** Of a finding in a migration file. */
  readonly endLine?: number;
  readonly level?: "failure" | "warning";
}

export interface RejectedReview {
  readonly reviewId: ReviewId;
  readonly userId: UserId | null;
  readonly login: string | null;
  readonly codes: readonly ReviewCode[];
}

export interface CountedReview {
  readonly reviewId: ReviewId;
  readonly userId: UserId;
  readonly login: string;
}

export interface Verdict {
  readonly decision: Decision;
  readonly number: PrNumber;
  readonly headSha: CommitSha;
  readonly baseRef: BranchName;
  /** Sorted and distinct; for a pass, `approved` or `not_production`. */
  readonly reasons: readonly Code[];
  readonly counted: readonly CountedReview[];
  readonly rejected: readonly RejectedReview[];
  /** Approvals needed and had, once policy and requester are known. */
  readonly approvals: { readonly needed: number; readonly had: number };
  /** What is missing is only an act of a human (a review, a button), not a change by the author. */
  readonly awaitsHuman: boolean;
  /** Warnings and explanations in plain sentences, in a stable order. */
  readonly notes: readonly Note[];
}
