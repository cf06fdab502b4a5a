// T16, T18: both clocks against the clock on the wall, where zones change theirs: by an hour, by half of one, by two, by a day; downwards in
// winter or upwards in summer; at midnight; for good; and on holidays.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOfMillis, millis } from "#kernel";
import {
  clocks,
  parseCalendar,
  STATES,
  waitingOn,
  workAfter,
  workBetween,
  type Calendar,
  type ClockEvent,
} from "#tickets";
import { wallOf } from "./wall-clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Where and when clocks were changed, and how. */
const CHANGES = [
  ["Europe/Berlin", "2026-03-29T01:00Z", "an hour forward"],
  ["Europe/Berlin", "2026-10-25T01:00Z", "an hour back"],
  ["America/New_York", "2026-11-01T06:00Z", "an hour back"],
  ["Europe/Dublin", "2026-10-25T01:00Z", "winter is the exception, by law"],
  ["Africa/Casablanca", "2026-02-15T02:00Z", "an hour back for Ramadan"],
  ["Africa/Casablanca", "2026-03-22T02:00Z", "and forward after it"],
  ["Australia/Lord_Howe", "2026-10-03T15:30Z", "half an hour forward"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z", "half an hour back"],
  ["America/St_Johns", "2026-03-08T05:30Z", "of a zone of half hours"],
  ["Asia/Kathmandu", "2026-03-29T00:00Z", "three quarters of an hour, and never changed"],
  ["Antarctica/Troll", "2026-03-29T01:00Z", "two hours forward"],
  ["America/Sao_Paulo", "2018-11-04T03:00Z", "at midnight: the day begins at one"],
  ["America/Sao_Paulo", "2019-02-17T02:00Z", "at midnight: the day before has 25 hours"],
  ["Africa/Cairo", "2023-04-27T22:00Z", "again, after years without"],
  ["Europe/Moscow", "2014-10-25T22:00Z", "for good"],
  ["America/Caracas", "2016-05-01T07:00Z", "half an hour, for good"],
  ["Asia/Pyongyang", "2018-05-04T15:00Z", "half an hour before midnight"],
  ["Pacific/Apia", "2011-12-30T10:00Z", "a whole day left out"],
] as const;

const half = fc.integer({ min: 0, max: 48 });
const timeOf = (halves: number): string =>
  `${String(Math.floor(halves / 2)).padStart(2, "0")}:${halves % 2 === 0 ? "00" : "30"}`;
const interval = fc
  .tuple(half, half)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ from: timeOf(Math.min(a, b)), to: timeOf(Math.max(a, b)) }));
/** Nights, when clocks are changed, more often than not. */
const day = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("02:30", "04:00", "08:00").map((to) => [{ from: "00:00", to }]) },
  { weight: 2, arbitrary: fc.constant([{ from: "22:00", to: "24:00" }, { from: "00:00", to: "02:30" }]) },
  { weight: 3, arbitrary: interval.map((one) => [one]) },
  // An end and a beginning within the hour that comes twice, and the times to which clocks are put back.
  { weight: 2, arbitrary: fc.constantFrom("00:30", "01:00", "01:30", "02:00", "02:30", "03:00", "23:00", "23:30").map((noon) =>
    [{ from: "00:00", to: noon }, { from: noon, to: "24:00" }]) },
  { weight: 2, arbitrary: fc.constantFrom(["01:00", "01:15"], ["01:30", "01:45"], ["02:15", "02:30"], ["23:15", "23:45"]).map(([to, from]) =>
    [{ from: "00:00", to }, { from, to: "24:00" }]) },
  { weight: 1, arbitrary: fc.constant([]) },
); // prettier-ignore

const scene = fc
  .record({
    change: fc.constantFrom(...CHANGES),
    week: fc.record({
      monday: day,
      tuesday: day,
      wednesday: day,
      thursday: day,
      friday: day,
      saturday: day,
      sunday: day,
    }),
    holidays: fc.uniqueArray(fc.integer({ min: -1, max: 1 }), { maxLength: 1 }),
    before: fc.integer({ min: 0, max: 36 * 60 }),
    passed: fc.array(fc.integer({ min: 0, max: 12 * 60 }), { minLength: 8, maxLength: 8 }),
    states: fc.array(fc.constantFrom(...STATES, "in_progress" as const), { minLength: 8, maxLength: 8 }),
  })
  .map(({ change: [zone, at], week, holidays, before, passed, states }) => {
    const changed = Date.parse(at);
    const off = holidays.map((n) => new Date(changed + n * DAY).toISOString().slice(0, 10));
    const read = parseCalendar({ zone, week, holidays: off });
    let now = changed - before * MINUTE;
    const events = states.map((state, n): ClockEvent => {
      now += n === 0 ? 0 : (passed[n] ?? 0) * MINUTE;
      return { kind: "entered", state, at: instantOfMillis(now) };
    });
    return { read, changed, events, end: instantOfMillis(now + (passed[0] ?? 0) * MINUTE) };
  })
  .filter(({ read }) => read.kind === "calendar");

const calendarOf = (read: ReturnType<typeof parseCalendar>): Calendar => {
  if (read.kind === "refused") throw new Error(read.problems.join(" "));
  return read.calendar;
};

describe("S1 T16 T18 both clocks are what the clock on the wall says", () => {
  it("to the second, whatever was paused and resumed around a change of it", () => {
    fc.assert(
      fc.property(scene, ({ read, events, end }) => {
        const calendar = calendarOf(read);
        const begin = events[0]?.at ?? end;
        const wall = wallOf(calendar, begin, end);
        let ours = 0;
        for (const [n, event] of events.entries()) {
          const until = events[n + 1]?.at ?? end;
          if (event.kind !== "entered") continue;
          if (waitingOn(event.state) === "us") ours += wall.worked(event.at, until);
          expect(workBetween(calendar, event.at, until)).toBe(wall.worked(event.at, until));
        }
        const last = events.at(-1);
        const waits = last?.kind === "entered" && last.state === "waiting_client";
        expect(clocks(calendar, events, end)).toEqual({ ours, client: waits ? end - last.at : 0 });
      }),
      { numRuns: 150 },
    );
  });

  it("and a deadline is the minute at which so much was worked", () => {
    fc.assert(
      fc.property(scene, fc.integer({ min: 1, max: 600 }), ({ read, events }, minutes) => {
        const calendar = calendarOf(read);
        const from = events[0]?.at ?? expect.unreachable();
        const due = workAfter(calendar, from, millis(minutes * MINUTE)) ?? expect.unreachable("somebody works");
        // A look of so many days is enough, or there is little work in the week.
        fc.pre(due - from < 6 * DAY);
        const wall = wallOf(calendar, from, due);
        expect(wall.worked(from, due)).toBe(minutes * MINUTE);
        expect(wall.worked(from, due - MINUTE), "and not a minute before").toBe((minutes - 1) * MINUTE);
      }),
      { numRuns: 60 },
    );
  });

  it.each(CHANGES)("the table is right: in %s, about %s, the clock was changed (%s)", (zone, at) => {
    const always = [{ from: "00:00", to: "24:00" }];
    const calendar = calendarOf(parseCalendar({ zone, week: { sunday: always } }));
    const around = Date.parse(at);
    const { changes } = wallOf(calendar, around - DAY, around + DAY);
    expect(changes).toBe(zone === "Asia/Kathmandu" ? 0 : 1);
  });
});
