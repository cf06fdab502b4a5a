// Both clocks of a ticket are a fold over what happened to it. Nothing is counted up and stored: a pause, a resume or a new calendar
// cannot make two truths.

import { millis, type Instant, type Millis } from "#kernel";
import { workAfter, workBetween, type Calendar } from "./calendar.ts";
import { waitingOn, type ClockEvent, type Clocks, type State } from "./types.ts";

interface Stretch {
  readonly state: State;
  /** Which event it began with, or went on after: a clock that was set back makes instants no order. */
  readonly since: number;
  readonly from: Instant;
  readonly to: Instant;
}

/** The stretches in which a clock may run. INVARIANT: an event before its predecessor moves no clock backwards (a clock set back). */
function stretches(events: readonly ClockEvent[], now: Instant): readonly Stretch[] {
  const all: Stretch[] = [];
  let state: State | null = null;
  let frozen = false;
  let since: Instant | null = null;
  const upTo = (at: Instant, event: number): Instant => {
    const to = since === null || at > since ? at : since;
    if (state !== null && !frozen && since !== null && to > since)
      all.push({ state, since: event - 1, from: since, to });
    return to;
  };
  for (const [n, event] of events.entries()) {
    since = upTo(event.at, n);
    switch (event.kind) {
      case "entered":
        state = event.state;
        break;
      case "frozen":
        frozen = true;
        break;
      case "thawed":
        frozen = false;
        break;
    }
  }
  upTo(now, events.length);
  return all;
}

export function clocks(calendar: Calendar, events: readonly ClockEvent[], now: Instant): Clocks {
  let ours = 0;
  let client = 0;
  const entered = events.findLastIndex(({ kind }) => kind === "entered");
  for (const { state, since, from, to } of stretches(events, now)) {
    if (waitingOn(state) === "us") ours += workBetween(calendar, from, to);
    if (waitingOn(state) === "client" && since >= entered) client += to - from;
  }
  return { ours: millis(ours), client: millis(client) };
}

/** When our own time is over, if it goes on being our move; null: it never is, with this calendar. */
export const breachAt = (
  calendar: Calendar,
  events: readonly ClockEvent[],
  target: Millis,
  now: Instant,
): Instant | null => workAfter(calendar, now, millis(Math.max(0, target - clocks(calendar, events, now).ours)));
