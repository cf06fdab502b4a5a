// What holds of every ticket at every moment, whatever was done before.

import { expect } from "vitest";
import type { TicketId } from "#kernel";
import type { HeardAnswer } from "#tickets";
import { Stopwatch } from "./stopwatch.ts";
import type { SeenRow, World } from "./world.ts";

const HOUR = 3_600_000;
export const isOpen = ({ state }: SeenRow): boolean => state !== "resolved" && state !== "closed";

export interface Known {
  readonly ticket: TicketId;
  readonly number: number;
  readonly watch: Stopwatch;
  row: SeenRow;
  /** The latest instant that a warning of the wait that runs has named. */
  deadline: number | null;
}

export class Model {
  readonly tickets: Known[] = [];
  frozen = false;
  /** By how much the clock was set back, in all: that time is counted by nobody. */
  backMs = 0;
  /** Who is there; never nobody. */
  readonly gone = new Set<string>();

  async opened(world: World, { ticket, number }: HeardAnswer): Promise<void> {
    const [row] = await world.rows([number ?? 0]);
    if (ticket === null || number === null || row === undefined) throw new Error("nothing was opened");
    expect(row).toMatchObject({ state: "new", epoch: 0, next_action: "page" });
    this.tickets.push({ ticket, number, row, watch: new Stopwatch("new", await world.now()), deadline: null });
  }

  /** `before`: the clock when the command began. `passes`: how often the timers looked. */
  async check(world: World, before: number, { passes }: { readonly passes: number }): Promise<void> {
    const now = await world.now();
    const rows = await world.rows(this.tickets.map(({ number }) => number));
    expect(rows).toHaveLength(this.tickets.length);
    for (const [n, known] of this.tickets.entries()) {
      const row = rows[n] ?? expect.unreachable();
      const was = known.row;
      this.#owned(row);
      this.#timed(row, { now, passes });
      expect(row.notices.length - was.notices.length, "one stage of a ticket in a pass").toBeLessThanOrEqual(passes);
      if (row.state === "closed" && was.state !== "closed") closedRightly(known, row, now + this.backMs);
      observe(known, row, { before, now });
      const clocks = await world.clocksOf(known.ticket);
      const expected = known.watch.read(await world.now());
      for (const whose of ["ours", "client"] as const)
        expect(Math.abs(clocks[whose] - expected[whose]), `${whose} of ${row.number}, ${row.state}`).toBeLessThan(
          1_000 + known.watch.slack,
        );
    }
    expect(world.problems).toEqual([]);
    const taken = world.provider.taken.map(({ key }) => key);
    expect(new Set(taken).size, "nobody is told the same twice").toBe(taken.length);
  }

  #owned(row: SeenRow): void {
    if (isOpen(row)) expect(row.present, `${row.number} is somebody's who is there`).toBe(true);
  }

  /** S1: what is open has its next act; without an instant only while its warning is on its way, or its client is. */
  #timed(row: SeenRow, { now, passes }: { readonly now: number; readonly passes: number }): void {
    expect(row.next_action !== null).toBe(isOpen(row));
    if (!isOpen(row)) return;
    expect(row.frozen_at !== null).toBe(this.frozen);
    if (row.next_due_at === null) expect([row.next_action, row.on_its_way]).toEqual(["close", true]);
    else if (passes > 0 && !this.frozen && row.next_action !== "close")
      expect(row.next_due_at.getTime(), "after a pass nothing is overdue").toBeGreaterThan(now - 60_000);
  }
}

/** S1: silence closes nothing without a warning that was delivered a day before, nor before the instant that it names, nor within seven days. */
function closedRightly(known: Known, row: SeenRow, now: number): void {
  if (row.close_reason !== "aged_out") return;
  const closed = row.closed_at?.getTime() ?? expect.unreachable();
  const delivered = row.delivered_at?.getTime() ?? expect.unreachable("a delivered warning");
  expect(closed - delivered).toBeGreaterThanOrEqual(24 * HOUR);
  expect(closed).toBeGreaterThanOrEqual(known.deadline ?? Infinity);
  expect(known.watch.read(now).client + known.watch.slack + 1_000).toBeGreaterThanOrEqual(168 * HOUR);
}

function observe(known: Known, row: SeenRow, { before, now }: { readonly before: number; readonly now: number }): void {
  const { row: was, watch } = known;
  const frozen = row.frozen_at !== null;
  const entered = row.state !== was.state || row.epoch !== was.epoch;
  if (frozen !== (was.frozen_at !== null)) watch.freeze(frozen, now);
  if (entered) watch.enter(row.state, now);
  if (entered || frozen !== (was.frozen_at !== null)) watch.slack += Math.max(0, now - before);
  known.deadline =
    row.epoch === was.epoch && row.deadline === null && row.state === "waiting_client"
      ? known.deadline
      : (row.deadline?.getTime() ?? null);
  known.row = row;
}
