// What a decision reads, and nothing else. Both loaders make this value: io/load.ts from live GitHub and the
// ledger, snapshot.ts from one JSON document. `decide` sees no difference.

import type {
  AppId,
  BranchName,
  CommitSha,
  Instant,
  Known,
  List,
  PrNumber,
  RepoName,
  RepositoryId,
  ReviewId,
  TeamName,
  UserId,
} from "#kernel";

export type AccountType = "User" | "Bot" | "Organization" | "Mannequin";

export interface Account {
  readonly id: UserId;
  readonly login: string;
  readonly type: AccountType;
}

export interface PullRequest {
  readonly repo: RepoName;
  readonly number: PrNumber;
  readonly state: "open" | "closed";
  readonly merged: boolean;
  readonly draft: boolean;
  /** GitHub's native auto-merge is armed: it would merge whatever is the head then (E06). */
  readonly autoMerge: boolean;
  /** null: the account is gone (ghost). */
  readonly author: Account | null;
  readonly headSha: CommitSha;
  /** null: the head repository was deleted (D06). */
  readonly headRepositoryId: RepositoryId | null;
  readonly fork: boolean;
  readonly baseRef: BranchName;
  readonly defaultBranch: BranchName;
}

export type ReviewState = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";

export interface Review {
  readonly id: ReviewId;
  /** null: the account is gone (C18). */
  readonly author: Account | null;
  readonly state: ReviewState;
  /** What GitHub says now; it can be re-pointed after a force-push, hence `firstSeen`. */
  readonly commitSha: CommitSha | null;
  /** null: absent or malformed; such a review never counts. */
  readonly submittedAt: Instant | null;
  /** Somebody other than the author edited the body after submission (B18). */
  readonly editedBy: string | null;
}

/** What our own append-only ledger saw first for a review, from a webhook or a read. */
export interface ReviewSeen {
  readonly reviewId: ReviewId;
  readonly sha: CommitSha;
  readonly baseRef: BranchName;
  readonly at: Instant;
}

export interface Commit {
  readonly sha: CommitSha;
  /** null: the git author maps to no account. */
  readonly author: Account | null;
  readonly committer: Account | null;
  /** Accounts named in Co-authored-by trailers. */
  readonly coauthors: readonly Account[];
  /** Trailers that map to no account: shown, exclude nobody. */
  readonly unmappedCoauthors: readonly string[];
}

export interface ChangedFile {
  readonly path: string;
  /** Set on a rename or copy: rules about the old place still bind. */
  readonly previousPath: string | null;
}

export interface MigrationFinding {
  /** Lines of the file at the head, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** failure: data or protection is lost. warning: it locks, or breaks what runs now. */
  readonly level: "failure" | "warning";
  readonly text: string;
}

/** A changed migration file as it is at the head. Its text is no fact: what a person should look at in it is. */
export interface MigrationFile {
  readonly path: string;
  /** Not known: it was not read, and why. */
  readonly findings: Known<readonly MigrationFinding[]>;
  /** Findings beyond those, of any level. */
  readonly more: number;
}

/**
 * One server-observed sighting of what the head was. `after` null: only the time is known (a REST
 * `head_ref_force_pushed` event, whose commit_id differs in meaning between APIs).
 */
export interface HeadSighting {
  readonly source: "activity" | "force_push" | "payload" | "opened";
  readonly at: Instant;
  readonly before: CommitSha | null;
  readonly after: CommitSha | null;
  readonly actor: Account | null;
}

/** Somebody who had a hand in any head this pull request ever had. */
export interface Contribution {
  readonly user: Account;
  readonly as: "author" | "contributor" | "coauthor" | "pusher";
}

export interface Dismissal {
  readonly reviewId: ReviewId;
  /** null: the event names nobody. */
  readonly actor: Account | null;
  readonly at: Instant;
  /** What the review said before. null or absent: not known, so it may have been a veto. */
  readonly was?: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | null;
}

export interface ReviewRequest {
  /** null: a team was asked, or the account is gone. */
  readonly reviewer: UserId | null;
  readonly at: Instant;
}

export type Permission = "admin" | "maintain" | "write" | "triage" | "read" | "none";

export interface Person {
  readonly account: Account;
  readonly permission: Permission;
  readonly outsideCollaborator: boolean;
  /** Active memberships only; a pending one is not listed (C20). */
  readonly teams: readonly TeamName[];
  readonly serviceAccount: boolean;
}

/** `id` is null when only a login is known (an operator's list, a snapshot). */
export type Requesters =
  | { readonly known: true; readonly people: readonly { readonly id: UserId | null; readonly login: string }[] }
  | { readonly known: false };

/** The "Approve" button of our own check run: bound by GitHub to the run's head (C21, C22). */
export interface StepUp {
  readonly account: Account;
  readonly sha: CommitSha;
  readonly at: Instant;
}

export interface RequiredCheck {
  readonly context: string;
  /** null: any app may satisfy it (F03). */
  readonly integrationId: AppId | null;
}

export interface BypassActor {
  readonly kind: "app" | "team" | "role" | "organization_admin" | "deploy_key" | "enterprise_owner" | "unknown";
  readonly id: number | null;
}

export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly target: "branch" | "tag" | "push" | "repository" | "unknown";
  readonly enforcement: "active" | "evaluate" | "disabled";
  /** fnmatch patterns over refs, `~ALL`, `~DEFAULT_BRANCH`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Not known when the reader may not see them: then the ruleset cannot be called sound. */
  readonly bypassActors: Known<readonly BypassActor[]>;
  readonly pullRequest: boolean;
  readonly requiredChecks: readonly RequiredCheck[];
  readonly blocksForcePush: boolean;
  readonly blocksDeletion: boolean;
  readonly restrictsUpdates: boolean;
}

/** Text of a file on a branch: null when the file is absent, not known when it could not be read whole. */
export type FileText = Known<string | null>;

export interface PolicyTexts {
  /** `merge-gate.yml` of the organisation's `.github` repository. */
  readonly organization: FileText;
  /** `.github/merge-gate.yml` on the default branch. */
  readonly defaultBranch: FileText;
  /** `.github/merge-gate.yml` on the base branch. Never from the pull request (D08). */
  readonly base: FileText;
  /** CODEOWNERS on the base branch, from the first of the three places GitHub looks. */
  readonly codeowners: FileText;
}

/** Somebody with write access stopped this pull request by `/countersign hold`. Only ever narrows: a held one fails with `held`. */
export interface Hold {
  readonly by: Account;
  readonly at: Instant;
  /** As written, shortened; shown, never parsed. */
  readonly reason: string;
}

/** A reviewer took back, by `/countersign revoke`, every approval they had submitted until `at`. */
export interface Withdrawal {
  readonly user: UserId;
  readonly at: Instant;
}

/** A check run or status that carries our name and is not ours (F02). */
export interface ForeignCheck {
  readonly kind: "check_run" | "status";
  readonly appId: AppId | null;
  readonly conclusion: string;
}

export interface Sibling {
  readonly number: PrNumber;
  readonly open: boolean;
  readonly headSha: CommitSha;
  readonly baseRef: BranchName;
  /** null: nothing was given to judge it by. */
  readonly facts: Facts | null;
}

export interface Facts {
  readonly now: Instant;
  readonly appId: AppId;
  readonly pullRequest: PullRequest;
  readonly commits: List<Commit>;
  readonly files: List<ChangedFile>;
  readonly reviews: List<Review>;
  readonly firstSeen: List<ReviewSeen>;
  readonly sightings: List<HeadSighting>;
  readonly contributions: List<Contribution>;
  readonly dismissals: List<Dismissal>;
  readonly reviewRequests: List<ReviewRequest>;
  /** Times at which the base branch was changed (D01). */
  readonly baseChanges: List<Instant>;
  readonly requesters: Requesters;
  readonly stepUps: List<StepUp>;
  /** By user id. A reviewer who is missing here is an incomplete fact, never "no permission". */
  readonly people: ReadonlyMap<UserId, Known<Person>>;
  readonly rulesets: List<Ruleset>;
  readonly policy: PolicyTexts;
  /** Of the changed files that the policy calls migrations. Absent: nobody read any (a snapshot), so nothing is known of them. */
  readonly migrations?: readonly MigrationFile[];
  readonly siblings: List<Sibling>;
  readonly foreignChecks: List<ForeignCheck>;
  /** Holds not released yet, from our own ledger. Absent: none can exist (a snapshot). Not complete: error, like any fact. */
  readonly holds?: List<Hold>;
  /** From our own ledger; absent as above. A review submitted at or before `at` by that user is rejected as `withdrawn`. */
  readonly withdrawals?: List<Withdrawal>;
}
