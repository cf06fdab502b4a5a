import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOfMillis, millis, type Instant } from "#kernel";
import {
  breachAt,
  clocks,
  parseCalendar,
  STATES,
  waitingOn,
  workBetween,
  type Calendar,
  type ClockEvent,
  type State,
} from "#tickets";

const HOUR = 3_600_000;
const T0 = instantOfMillis(Date.parse("2026-11-02T09:00:00Z"));
const after = (hours: number): Instant => instantOfMillis(T0 + hours * HOUR);
const entered = (state: State, hours: number): ClockEvent => ({ kind: "entered", state, at: after(hours) });

function always(zone: string): Calendar {
  const whole = [{ from: "00:00", to: "24:00" }];
  const week = {
    monday: whole,
    tuesday: whole,
    wednesday: whole,
    thursday: whole,
    friday: whole,
    saturday: whole,
    sunday: whole,
  };
  const read = parseCalendar({ zone, week });
  if (read.kind === "refused") throw new Error(read.problems.join(" "));
  return read.calendar;
}
const calendar = always("Europe/Berlin");

describe("S1 T16 both clocks are a fold over what happened", () => {
  it("ours runs while it is our move, the client's while it is theirs", () => {
    const events = [
      entered("new", 0),
      entered("waiting_client", 3),
      entered("in_progress", 10),
      entered("waiting_client", 12),
    ];
    expect(clocks(calendar, events, after(20))).toEqual({ ours: 5 * HOUR, client: 8 * HOUR });
    expect(clocks(calendar, [...events, entered("resolved", 20)], after(90))).toEqual({ ours: 5 * HOUR, client: 0 });
  });

  it("a client that left and came back has lost no time", () => {
    const events: ClockEvent[] = [
      entered("waiting_client", 0),
      { kind: "frozen", at: after(4) },
      { kind: "thawed", at: after(100) },
    ];
    expect(clocks(calendar, events, after(101)).client).toBe(5 * HOUR);
    expect(clocks(calendar, events.slice(0, 2), after(99)).client).toBe(4 * HOUR);
  });

  it("T7 a clock set back takes nothing away", () => {
    const events = [entered("new", 0), entered("waiting_client", 5), entered("in_progress", 3)];
    expect(clocks(calendar, events, after(4)).ours).toBe(5 * HOUR);
  });

  it("T7 nor does it give an earlier wait's time to the one that runs", () => {
    const events = [entered("waiting_client", 10), entered("in_progress", 20), entered("waiting_client", 5)];
    expect(clocks(calendar, events, after(6)).client).toBe(0);
    expect(clocks(calendar, events, after(23)).client).toBe(3 * HOUR);
  });

  it("T16 fifty pauses and resumes: the sum of the intervals, to the millisecond, in every zone", () => {
    const zones = fc.constantFrom(
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Pacific/Apia",
      "Asia/Kolkata",
    );
    const steps = fc.array(
      fc.record({ state: fc.constantFrom(...STATES), passed: fc.integer({ min: 0, max: 90 * HOUR }) }),
      {
        minLength: 1,
        maxLength: 50,
      },
    );
    fc.assert(
      fc.property(zones, steps, fc.integer({ min: 0, max: 90 * HOUR }), (zone, all, end) => {
        const here = always(zone);
        let at = T0;
        let ours = 0;
        const events: ClockEvent[] = [];
        for (const [i, { state, passed }] of all.entries()) {
          const from = at;
          at = instantOfMillis(at + passed);
          const before = all[i - 1]?.state;
          if (before !== undefined && waitingOn(before) === "us") ours += at - from;
          events.push({ kind: "entered", state, at });
        }
        const now = instantOfMillis(at + end);
        const last = all.at(-1)?.state;
        if (last !== undefined && waitingOn(last) === "us") ours += now - at;
        expect(clocks(here, events, now).ours).toBe(ours);
      }),
      { numRuns: 40 },
    );
  });

  it("T14 our own time is over after that much work, whatever was waited for in between", () => {
    const office = [{ from: "09:00", to: "17:00" }];
    const read = parseCalendar({ zone: "UTC", week: { monday: office, tuesday: office } });
    if (read.kind === "refused") throw new Error("refused");
    const events = [entered("new", 0), entered("waiting_client", 2), entered("in_progress", 4)];
    const at = breachAt(read.calendar, events, millis(8 * HOUR), after(4));
    expect(at).toBe(after(26));
    expect(workBetween(read.calendar, T0, after(2)) + workBetween(read.calendar, after(4), at ?? T0)).toBe(8 * HOUR);
  });
});

describe("S1 T18 the fold and the clock on the wall agree to the millisecond", () => {
  const zones = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "UTC",
  ];
  const DAY = 24 * HOUR;

  it("whatever the zone and the change of its clock: fifty pauses and resumes are the sum of their stretches", () => {
    const begin = fc.integer({ min: Date.parse("2011-12-20T00:00:00Z"), max: Date.parse("2027-01-01T00:00:00Z") });
    const steps = fc.array(fc.integer({ min: 0, max: 3 * DAY }), { minLength: 100, maxLength: 100 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), begin, steps, (zone, start, passed) => {
        let at = start;
        let ours = 0;
        const events: ClockEvent[] = [{ kind: "entered", state: "in_progress", at: instantOfMillis(at) }];
        for (const [n, ms] of passed.entries()) {
          if (n % 2 === 0) ours += ms;
          at += ms;
          const state = n % 2 === 0 ? "waiting_client" : "in_progress";
          events.push({ kind: "entered", state, at: instantOfMillis(at) });
        }
        expect(clocks(always(zone), events, instantOfMillis(at)).ours).toBe(ours);
      }),
      { numRuns: 30 },
    );
  });
});
