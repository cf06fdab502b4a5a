// The door: what a person is asked, what they can answer, and how a request stands.

import type {
  AgentId,
  ApprovalId,
  CallId,
  CommitSha,
  Digest,
  InstallationId,
  Instant,
  PersonId,
  PrNumber,
  RepoName,
  RepositoryId,
} from "#kernel";
import type { Facts } from "#policy";

/** Everything that is needed to decide, as a person reads it. Sealed at rest; never on GitHub as a whole. */
export interface Shown {
  readonly title: string;
  readonly tool: string;
  readonly agent: string;
  readonly requester: string;
  /** owner/name. */
  readonly repository: string | null;
  readonly observed: readonly string[];
  readonly recommended: string;
  readonly rules: readonly { readonly id: string; readonly version: string; readonly text: string }[];
  /** `value` is of 100; `why` it was not enough. */
  readonly confidence: { readonly value: number; readonly why: readonly string[] };
  readonly arguments: readonly { readonly name: string; readonly value: string }[];
  readonly preview: string | null;
  readonly consequences: string;
}

/** `high`: nothing but a passkey over exactly this approval, its digest and the answer is a yes. */
export const RISKS = ["normal", "high"] as const;
export type Risk = (typeof RISKS)[number];

/** Where the request is made known: one pull request, while this commit is its head. */
export interface Delivery {
  readonly repository: {
    readonly id: RepositoryId;
    readonly name: RepoName;
    readonly installation: InstallationId;
  };
  readonly number: PrNumber;
  readonly sha: CommitSha;
}

export interface NewApproval {
  readonly call: CallId;
  /** Of exactly what will run: the arguments' hash. */
  readonly digest: Digest;
  /** The set of rules by which it was found to need a person. */
  readonly policySet: string;
  readonly headSha: CommitSha | null;
  readonly agent: AgentId;
  readonly requester: PersonId | null;
  readonly risk: Risk;
  /** So many different people: 1 to 5. */
  readonly quorum: number;
  /** Until it is denied by itself: 1 to 1440. */
  readonly minutes: number;
  readonly shown: Shown;
  /** What the rules saw: a proposed rule is made of it. Sealed with what is shown; absent: no rule can be proposed. */
  readonly facts?: Facts | null;
  readonly deliver: Delivery | null;
}

export const ANSWERS = ["approve", "reject"] as const;
export type AnswerWord = (typeof ANSWERS)[number];

/** Where an answer was given. INVARIANT: `page` alone can say yes; the others can only refuse, or open the page. */
export const CHANNELS = ["page", "slack", "email", "cli"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Closed: why a request ended without anybody's answer, or a yes is worth nothing any more. */
export const VOID_CAUSES = [
  "superseded",
  "head_moved",
  "client_suspended",
  "rules_changed",
  "arguments_changed",
  "facts_changed",
  "approver_changed",
  "not_used",
  "stopped",
  "pull_request_closed",
] as const;
export type VoidCause = (typeof VOID_CAUSES)[number];

export interface Answerer {
  readonly person: PersonId;
  /** As GitHub last told it; shown, never compared. */
  readonly login: string;
  readonly channel: Channel;
}

export type Standing =
  | { readonly kind: "pending"; readonly yes: number; readonly of: number; readonly expiresAt: Instant }
  | {
      readonly kind: "approved";
      readonly at: Instant;
      readonly by: readonly Answerer[];
      readonly digest: Digest;
    }
  /** `by`: a person, or an operator by name. */
  | { readonly kind: "rejected"; readonly at: Instant; readonly by: string; readonly reason: string }
  /** Nobody answered in time. INVARIANT: a denial, and never told as somebody's no. */
  | { readonly kind: "expired"; readonly at: Instant }
  | { readonly kind: "void"; readonly at: Instant; readonly why: VoidCause };

/** What must still be so when it is executed. */
export interface Exactly {
  readonly digest: Digest;
  readonly policySet: string;
  readonly headSha: CommitSha | null;
}

/** One request as the pages show it. */
export interface Asked {
  readonly approval: ApprovalId;
  readonly call: CallId;
  readonly digest: Digest;
  readonly risk: Risk;
  readonly agent: AgentId;
  readonly requester: PersonId | null;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
  readonly standing: Standing;
  readonly shown: Shown;
  /** Who has said yes so far. */
  readonly answered: readonly Answerer[];
}

/** Who answers, as the session of a page or a verified message says. */
export interface SignedIn {
  readonly person: PersonId;
  /** An opaque id, for the log; never the secret. */
  readonly session: string;
  readonly channel: Channel;
}

export const REFUSALS = [
  "not_an_approver",
  "own_request",
  "own_agent",
  "other_arguments",
  "step_up_missing",
  "step_up_refused",
  "only_on_the_page",
  "link_unknown",
  "link_used",
  "link_of_somebody_else",
  "reason_missing",
  "facts_unread",
] as const;
export type Refusal = (typeof REFUSALS)[number];

export type Decided =
  /** Counted. `standing` says whether more people are needed. */
  | { readonly kind: "recorded"; readonly standing: Standing; readonly proposal: string | null }
  /** The same person said so before: a double click. Nothing was changed. */
  | { readonly kind: "already"; readonly standing: Standing }
  /** It had ended before. */
  | { readonly kind: "ended"; readonly standing: Standing }
  /** Logged. `next` is what to do. */
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly why: string; readonly next: string }
  | { readonly kind: "unknown" };
