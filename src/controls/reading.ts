// What was last read of the switch, and what follows from it at a moment: pure, so that every way of losing it is a row of a table.

import type { Instant } from "#kernel";
import { covers, type Killed, type Scope, type Where } from "./scope.ts";

/** A read this old says nothing any more. */
export const STALE_MS = 1_000;
export const POLL_MS = 250;

export interface Kill {
  readonly scope: Scope;
  readonly since: Instant;
}

export interface Reading {
  /** When it was asked for, in milliseconds of a clock that nobody sets: what was killed later is not in it. */
  readonly askedAt: number;
  readonly kills: readonly Kill[];
}

export const BY_ENVIRONMENT: Killed = {
  scope: { kind: "platform" },
  reason:
    "All agents are stopped: this server was started with COUNTERSIGN_KILL_SWITCH=1. An operator starts it without that setting.",
  since: null,
};
export const UNREADABLE: Killed = {
  scope: { kind: "platform" },
  reason:
    "All agents are stopped: the kill switch cannot be read, and what cannot be read counts as killed. It goes on by itself when the database answers again.",
  since: null,
};

const SAYS: Readonly<Record<Scope["kind"], string>> = {
  platform: "All agents are stopped.",
  tenant: "All agents of this tenant are stopped.",
  agent: "This agent is stopped.",
  repository: "All agents are stopped in this repository.",
};

const killed = ({ scope, since }: Kill): Killed => ({
  scope,
  since,
  reason: `${SAYS[scope.kind]} Ask an operator: two of them can start it again (countersign control status).`,
});

/** null: not read yet. INVARIANT: nothing that is not a reading of the last second is ever "not killed" (invariant 2). */
export const lost = (reading: Reading | null, now: number): reading is null =>
  // A clock that went back would make an old reading young for ever: what is from the future is not believed either.
  reading === null || now - reading.askedAt > STALE_MS || reading.askedAt > now;

export function platformKill(reading: Reading | null, now: number): Killed | null {
  if (lost(reading, now)) return UNREADABLE;
  const found = reading.kills.find(({ scope }) => scope.kind === "platform");
  return found === undefined ? null : killed(found);
}

const WIDEST_FIRST: readonly Scope["kind"][] = ["platform", "tenant", "agent", "repository"];

export function killAt(reading: Reading | null, where: Where, now: number): Killed | null {
  if (lost(reading, now)) return UNREADABLE;
  const reaching = reading.kills.filter(({ scope }) => covers(scope, where));
  for (const kind of WIDEST_FIRST) {
    const found = reaching.find(({ scope }) => scope.kind === kind);
    if (found !== undefined) return killed(found);
  }
  return null;
}

/** What was not killed, or not since then, at the reading before. */
export function newKills(before: Reading | null, after: Reading): readonly Scope[] {
  const known = new Set((before?.kills ?? []).map(keyOf));
  return after.kills.filter((kill) => !known.has(keyOf(kill))).map(({ scope }) => scope);
}

/** With its instant: taken back and killed again between two readings, it is a new one. */
const keyOf = ({ scope, since }: Kill): string => `${nameOf(scope)} ${since}`;

export function nameOf(scope: Scope): string {
  switch (scope.kind) {
    case "platform":
      return "platform";
    case "tenant":
      return `tenant ${scope.tenant}`;
    case "agent":
      return `agent ${scope.tenant} ${scope.agent}`;
    case "repository":
      return `repository ${scope.tenant} ${scope.repository}`;
  }
}
