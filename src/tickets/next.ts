// What happens next to a ticket by itself, derived from what happened to it.

import { instantOfMillis, millis, type Instant, type Millis } from "#kernel";
import { workAfter, type Calendar } from "./calendar.ts";
import { breachAt } from "./clocks.ts";
import { nextOf, STAGES } from "./stages.ts";
import { waitingOn, type ClockEvent, type Next, type Ticket } from "./types.ts";

/** Of hours of work, until somebody is told that nobody has looked at it. */
export const UNTRIAGED: Millis = millis(15 * 60_000);

export interface Ours {
  readonly calendar: Calendar;
  /** Of hours of work, until our own time is over. */
  readonly target: Millis;
  readonly events: readonly ClockEvent[];
  readonly openedAt: Instant;
  readonly pagedAt: Instant | null;
}

/** On entering a state. null: nothing more happens by itself. INVARIANT (S1): every ticket that is open has its next act. */
export function nextAct(ticket: Ticket, ours: Ours, now: Instant): Next | null {
  switch (waitingOn(ticket.state)) {
    case "nobody":
      return null;
    case "client":
      return ticket.wait === null ? null : nextOf(ticket.wait, "nothing", now);
    case "us":
      return { action: "page", at: pageAt(ticket, ours, now) };
  }
}

/**
 * INVARIANT (S1): however long ago our time was over, the owner hears of it once a day; and by hours in which nobody works within ten
 * years, a day from now.
 */
function pageAt(ticket: Ticket, { calendar, target, events, openedAt, pagedAt }: Ours, now: Instant): Instant {
  const over = breachAt(calendar, events, target, now);
  const unseen = ticket.state === "new" ? workAfter(calendar, openedAt, UNTRIAGED) : null;
  const first = over === null || (unseen !== null && unseen < over) ? unseen : over;
  if (first === null) return instantOfMillis(now + STAGES.breath);
  if (pagedAt === null) return first;
  return instantOfMillis(Math.max(first, pagedAt + STAGES.breath));
}
