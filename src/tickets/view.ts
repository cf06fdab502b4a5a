// A ticket as people and programs are shown it.

import type { Instant, Millis, PersonId, PrNumber, RepoName, RepositoryId, TicketId } from "#kernel";
import type { Sender } from "./decide.ts";
import type { Channel, From } from "./heard.ts";
import type { Action, CloseReason, State } from "./types.ts";

/** The next automatic act. `words`: "in 5 h: nudge (Mon 23 Nov 10:12 Europe/Berlin)". `at` null: it waits for the warning's delivery. */
export interface NextShown {
  readonly action: Action;
  readonly at: Instant | null;
  readonly words: string;
}

export interface TicketView {
  readonly ticket: TicketId;
  readonly number: number;
  /** What people write: ACME-7. */
  readonly name: string;
  readonly title: string;
  readonly state: State;
  readonly owner: { readonly person: PersonId; readonly login: string };
  readonly repository: RepositoryId | null;
  readonly openedAt: Instant;
  readonly epoch: number;
  /** null: it is over, or the client is on its way out. */
  readonly next: NextShown | null;
  readonly clocks: {
    /** Hours of work in which it was our move; `target`: until the owner is paged. */
    readonly ours: Millis;
    readonly target: Millis;
    /** Elapsed time of the wait that runs. */
    readonly client: Millis;
  };
  /** The instant that the warning names, once it is composed. */
  readonly deadline: Instant | null;
  readonly frozen: boolean;
  /** Something that was said on it looks like instructions to an agent (X16). */
  readonly suspected: boolean;
  /** When a person last read it and said that what looked so is none; what is said later is read anew. */
  readonly trustedAt: Instant | null;
  /** Resolved by an agent's word alone: a person is to look, and resolves it or reopens it. */
  readonly solvedByAgent: boolean;
  readonly closed: { readonly at: Instant; readonly reason: CloseReason } | null;
}

/** What a machine saw in a message, and where; never the text itself. */
export interface Finding {
  readonly kind: "injection" | "pii" | "secret";
  readonly what: string;
  /** 1 to 100. */
  readonly weight: number;
  readonly in: "title" | "text";
  /** UTF-16 offsets; null where it was seen only after something was decoded. */
  readonly at: readonly [start: number, end: number] | null;
}

/** One message on a ticket, whoever wrote it. */
export interface Said {
  readonly channel: Channel;
  readonly sender: Sender;
  readonly from: From;
  readonly text: string;
  readonly at: Instant;
  /** The heaviest; none, too, of what we said ourselves. */
  readonly findings: readonly Finding[];
}

export interface ConversationShown {
  readonly channel: Channel;
  /** As `Heard.conversation`. */
  readonly conversation: string;
  /** Nobody can answer there any more. */
  readonly gone: boolean;
}

/** A pull request that is for this ticket. */
export interface LinkedPull {
  readonly repository: RepositoryId;
  /** null: it is no repository of this client's any more. */
  readonly name: RepoName | null;
  readonly number: PrNumber;
  /** null: nobody has looked at it yet. */
  readonly state: PullState | null;
}
export type PullState = "open" | "closed" | "merged";

export interface TicketWhole extends TicketView {
  readonly customer: From | null;
  readonly conversations: readonly ConversationShown[];
  readonly pulls: readonly LinkedPull[];
  /** The newest ones. */
  readonly said: readonly Said[];
  /** Of all that was said: who trusts it says how many they have read. */
  readonly messages: number;
  /** The ticket that this one goes on from, which was closed too long ago. */
  readonly follows: number | null;
  /** What happens next and which events made it so, in words, a sentence each. */
  readonly why: readonly string[];
}
