import type { Instant, Millis } from "#kernel";

export const STATES = ["new", "triaged", "in_progress", "waiting_client", "resolved", "closed"] as const;
export type State = (typeof STATES)[number];

/** Whose move it is. */
export type WaitingOn = "us" | "client" | "nobody";
export function waitingOn(state: State): WaitingOn {
  switch (state) {
    case "new":
    case "triaged":
    case "in_progress":
      return "us";
    case "waiting_client":
      return "client";
    case "resolved":
    case "closed":
      return "nobody";
  }
}

/** Why a ticket is closed. `aged_out`: the client did not answer for seven days, and was warned. */
export const CLOSE_REASONS = ["done", "duplicate", "not_planned", "aged_out", "withdrawn"] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** What happens next by itself. `page`: the owner hears that our own time is over. */
export const ACTIONS = ["nudge_24h", "nudge_72h", "close", "page"] as const;
export type Action = (typeof ACTIONS)[number];

/** The next automatic act. `at` null: it waits until the warning is known to have been delivered. */
export interface Next {
  readonly action: Action;
  readonly at: Instant | null;
}

/** One wait for the client. Each has a number of its own: a notice of an earlier one means nothing in this one. */
export interface Wait {
  readonly epoch: number;
  /** Moved on by the time that the ticket stood still: what was left of each timer is given back. */
  readonly startedAt: Instant;
  /** When the client was asked, really. */
  readonly askedAt: Instant;
  /** When the provider took the notice. */
  readonly nudgedAt: Instant | null;
  readonly warnedAt: Instant | null;
  /** The instant that the warning names: it is never closed before. */
  readonly deadline: Instant | null;
}

export interface Ticket {
  readonly state: State;
  /** Never without one: the tenant's default owner from its first moment. */
  readonly owner: string;
  /** Waits so far; the number of the one that runs, in `waiting_client`. */
  readonly epoch: number;
  readonly wait: Wait | null;
  readonly closed: { readonly at: Instant; readonly reason: CloseReason } | null;
  /** A client that leaves has its clocks stopped. */
  readonly frozen: boolean;
  /** Resolved by an agent's word: nobody of ours has looked yet. */
  readonly solvedByAgent: boolean;
}

/** What changes a clock. In the order in which it happened. */
export type ClockEvent =
  | { readonly kind: "entered"; readonly state: State; readonly at: Instant }
  | { readonly kind: "frozen"; readonly at: Instant }
  | { readonly kind: "thawed"; readonly at: Instant };

export interface Clocks {
  /** Hours of work in which it was our move. */
  readonly ours: Millis;
  /** Elapsed time of the wait that runs; 0 where none does. */
  readonly client: Millis;
}
