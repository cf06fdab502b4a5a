// What the room needs from the world, and what it does for others.

import type { Party } from "#audit";
import type { Append } from "#audit/io";
import type { Instant, PersonId, PrNumber, RepositoryId, TenantId, TicketId } from "#kernel";
import type { Keys } from "#keys/io";
import type { Screening } from "#screening";
import type { TenantTx } from "#platform/postgres";
import type { Act } from "../decide.ts";
import type { Channel, Heard, HeardAnswer, Signal } from "../heard.ts";
import type { OfTickets, Outgoing, RepositoryPlace } from "../outgoing.ts";
import type { State } from "../types.ts";
import type { PullState, TicketView, TicketWhole } from "../view.ts";

/** In the transaction that decided it: delivered if that commits, once. Room notify fills it. */
export type Tell = (tx: TenantTx, out: Outgoing) => Promise<void>;

/** A conversation's newest word, read from its channel just before a ticket would be closed. Outside any transaction; the sources fill it. */
export type LastSignal = (
  tenant: TenantId,
  asked: { readonly channel: Channel; readonly conversation: string; readonly since: Instant },
) => Promise<Signal>;

export interface PullRef {
  readonly repository: RepositoryId;
  readonly number: PrNumber;
}

/** The gate fills it. */
export interface PullRequests {
  /** As GitHub said last; null: nobody has looked at it. */
  state(tx: TenantTx, repository: RepositoryId, number: PrNumber): Promise<PullState | null>;
  /** What its check run says of tickets is old: it is written anew. */
  refresh(tx: TenantTx, repository: RepositoryId, number: PrNumber): Promise<void>;
}

export interface TicketsDeps {
  readonly append: Append;
  readonly keys: Keys;
  readonly tell: Tell;
  readonly lastSignal: LastSignal;
  /** Where a repository of this tenant is reached; null: it is bound no more. */
  readonly repository: (tx: TenantTx, repository: RepositoryId) => Promise<RepositoryPlace | null>;
  readonly pulls: PullRequests;
  /** What machines see in what people write. */
  readonly screen: Screening["screen"];
  /** The client's prefix, in lower case. */
  readonly prefix: (tx: TenantTx) => Promise<string>;
}

/** Who does it: for the log, and by which name clients and colleagues read it. */
export interface Actor {
  readonly party: Party;
  readonly name: string;
  readonly requestId: string;
  /** By which way it came; absent: `api`, as an agent's. */
  readonly channel?: Channel;
}

export type StaffAct = Exclude<Act, { readonly kind: "message" | "age_out" }>;

export type Acted =
  | { readonly kind: "done"; readonly state: State; readonly number: number }
  | { readonly kind: "unchanged"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string; readonly next: string }
  | { readonly kind: "unknown" };

/** By its id, or by its number. */
export type TicketRef = TicketId | number;

export interface TicketFilter {
  readonly owner: PersonId | null;
  /** Those that are over, too. */
  readonly all: boolean;
}

/** A message that no provider took. */
export interface LostNotice {
  readonly key: string;
  readonly channel: string;
  /** A webhook's receiver; null: it was for people. */
  readonly receiver: string | null;
}

export interface Tickets {
  /** Opens a ticket or lands on one, in one transaction with its entry and the timer that it changes. */
  hear(tx: TenantTx, heard: Heard): Promise<HeardAnswer>;
  /** `text` goes out on the ticket's channels with `ask` and `reply`, and is kept with the others. */
  act(tx: TenantTx, ticket: TicketId, act: StaffAct, by: Actor, text: string | null): Promise<Acted>;
  /** Something is said to the client, and whose move it is stays as it is. `key`: for idempotence; the same again is said once. */
  reply(tx: TenantTx, ticket: TicketId, by: Actor, text: string, key: string | null): Promise<Acted>;
  /** Where a conversation was, nobody can answer any more: its ticket goes on elsewhere, and its owner is told (T24). */
  gone(tx: TenantTx, conversation: string, how: "transferred" | "deleted"): Promise<void>;
  /** A pull request is for this ticket: what the ticket is shows there. */
  link(tx: TenantTx, ticket: TicketId, pull: PullRef, by: Actor): Promise<Acted>;
  unlink(tx: TenantTx, ticket: TicketId, pull: PullRef, by: Actor): Promise<Acted>;
  /** A pull request whose texts name tickets of this client's. */
  linkNamed(tx: TenantTx, pull: PullRef, texts: readonly string[]): Promise<void>;
  /** A person has read so many messages, and finds no instructions to an agent in them. Of another number it is refused. */
  trust(tx: TenantTx, ticket: TicketId, read: number, by: Actor): Promise<Acted>;
  /** Kept on the ticket, and said to nobody. False: there is no such ticket. */
  note(tx: TenantTx, ticket: TicketId, by: Actor, text: string): Promise<boolean>;
  /** The next automatic act first. */
  list(tx: TenantTx, filter: TicketFilter): Promise<readonly TicketView[]>;
  read(tx: TenantTx, ref: TicketRef): Promise<TicketWhole | null>;
  /** Asked just before a provider is: is it still to be said? A notice of a wait that is over is not. */
  wanted(tx: TenantTx, about: OfTickets): Promise<boolean>;
  /** A provider took it: the warning's delivery is what closing waits for. */
  delivered(tx: TenantTx, about: OfTickets, at: Instant): Promise<void>;
  /** It was given up: the owner is told, and nothing closes. */
  lost(tx: TenantTx, about: OfTickets, why: string, of: LostNotice): Promise<void>;
  /** A client that leaves: its clocks stand still, and what was left of each timer is given back. Gives how many. */
  freeze(tx: TenantTx, by: Actor): Promise<number>;
  thaw(tx: TenantTx, by: Actor): Promise<number>;
}
