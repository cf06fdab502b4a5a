import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { instantOfMillis, millis, type Instant } from "#kernel";
import { parseCalendar, workAfter, workBetween, type Calendar } from "../../src/tickets/calendar.ts";

const HOUR = 3_600_000;
const at = (text: string): Instant => instantOfMillis(Date.parse(text));
const hours = (calendar: Calendar, from: string, to: string): number => workBetween(calendar, at(from), at(to)) / HOUR;

function calendarOf(json: unknown): Calendar {
  const read = parseCalendar(json);
  if (read.kind === "refused") throw new Error(read.problems.join(" "));
  return read.calendar;
}

const nine = [{ from: "09:00", to: "17:00" }];
const WEEK = { monday: nine, tuesday: nine, wednesday: nine, thursday: nine, friday: nine };
const berlin = calendarOf({ zone: "Europe/Berlin", week: WEEK, holidays: ["2026-12-25"] });
const night = (zone: string): Calendar => calendarOf({ zone, week: { sunday: [{ from: "00:00", to: "04:00" }] } });

describe("S1 hours of work, in real time", () => {
  test.each([
    ["within one day", berlin, "2026-11-02T08:30:00Z", "2026-11-02T10:30:00Z", 2],
    ["before and after hours is no work", berlin, "2026-11-02T00:00:00Z", "2026-11-02T23:00:00Z", 8],
    ["a weekend is none", berlin, "2026-11-06T16:00:00Z", "2026-11-09T08:00:00Z", 0],
    ["a holiday is none", berlin, "2026-12-24T16:00:00Z", "2026-12-28T08:00:00Z", 0],
    [
      "T18 a night shift in spring has three hours",
      night("Europe/Berlin"),
      "2026-03-28T12:00:00Z",
      "2026-03-29T12:00:00Z",
      3,
    ],
    ["T18 and five in autumn", night("Europe/Berlin"), "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 5],
    [
      "Lord Howe moves by half an hour",
      night("Australia/Lord_Howe"),
      "2026-10-03T12:00:00Z",
      "2026-10-04T12:00:00Z",
      3.5,
    ],
    [
      "Apia left out a Friday: nobody worked on it",
      calendarOf({ zone: "Pacific/Apia", week: { thursday: nine, friday: nine, saturday: nine } }),
      "2011-12-29T10:00:00Z",
      "2012-01-01T10:00:00Z",
      16,
    ],
    [
      "a beginning that the spring skips is the moment of the change",
      calendarOf({ zone: "Europe/Berlin", week: { sunday: [{ from: "02:30", to: "04:00" }] } }),
      "2026-03-28T12:00:00Z",
      "2026-03-29T12:00:00Z",
      1,
    ],
    [
      "an end at the time to which the clock is put back comes once: before its second coming the clock shows more",
      calendarOf({ zone: "America/New_York", week: { sunday: [{ from: "00:00", to: "01:00" }] } }),
      "2026-10-31T12:00:00Z",
      "2026-11-01T12:00:00Z",
      1,
    ],
    [
      "and an hour that comes twice counts once for each time, though an interval ends and another begins in it",
      calendarOf({
        zone: "America/New_York",
        week: {
          sunday: [
            { from: "00:00", to: "01:30" },
            { from: "01:45", to: "03:00" },
          ],
        },
      }),
      "2026-10-31T12:00:00Z",
      "2026-11-01T12:00:00Z",
      4,
    ],
    ["backwards is none", berlin, "2026-11-02T10:30:00Z", "2026-11-02T08:30:00Z", 0],
  ])("%s", (_, calendar, from, to, expected) => {
    expect(hours(calendar, from, to)).toBe(expected);
  });

  test.each([
    ["on the same day", 2, "2026-11-02T08:00:00Z", "2026-11-02T10:00:00.000Z"],
    ["over the night", 9, "2026-11-02T08:00:00Z", "2026-11-03T09:00:00.000Z"],
    ["over the weekend", 8.5, "2026-11-06T08:00:00Z", "2026-11-09T08:30:00.000Z"],
    ["from a night on", 1, "2026-11-02T22:00:00Z", "2026-11-03T09:00:00.000Z"],
  ])("a deadline %s", (_, amount, from, expected) => {
    const due = workAfter(berlin, at(from), millis(amount * HOUR));
    expect(due === null ? null : new Date(due).toISOString()).toBe(expected);
  });

  it("work to a deadline is what was given for it", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.parse("2005-01-01"), max: Date.parse("2035-01-01") }),
        fc.integer({ min: 1, max: 200 * HOUR }),
        (zone, from, amount) => {
          const calendar = calendarOf({ zone, week: { ...WEEK, sunday: [{ from: "00:00", to: "24:00" }] } });
          const due = workAfter(calendar, instantOfMillis(from), millis(amount));
          expect(due).not.toBeNull();
          expect(workBetween(calendar, instantOfMillis(from), due ?? instantOfMillis(from))).toBe(amount);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("work of two stretches is work of the whole", () => {
    const moment = fc.integer({ min: Date.parse("2024-01-01"), max: Date.parse("2024-12-31") }).map(instantOfMillis);
    fc.assert(
      fc.property(moment, moment, moment, (...three) => {
        const [a, b, c] = three.toSorted((x, y) => x - y);
        if (a === undefined || b === undefined || c === undefined) return;
        expect(workBetween(berlin, a, b) + workBetween(berlin, b, c)).toBe(workBetween(berlin, a, c));
      }),
      { numRuns: 40 },
    );
  });
});

describe("fail closed: a calendar that is not understood is not saved", () => {
  test.each([
    ["T20 no hours at all", { zone: "Europe/Berlin", week: {} }, "There are no hours in it"],
    ["a zone that is none", { zone: "Europe/Bielefeld", week: WEEK }, "no time zone"],
    ["an offset instead of a zone", { zone: "+01:00", week: WEEK }, "no time zone"],
    [
      "an interval over midnight",
      { zone: "UTC", week: { monday: [{ from: "22:00", to: "06:00" }] } },
      "ends after it begins",
    ],
    ["overlapping intervals", { zone: "UTC", week: { monday: [...nine, { from: "16:00", to: "18:00" }] } }, "overlap"],
    ["a date that is none", { zone: "UTC", week: WEEK, holidays: ["2026-02-30"] }, "no date"],
    ["an unknown key", { zone: "UTC", week: WEEK, holiday: [] }, "holiday"],
  ])("%s", (_, json, says) => {
    const read = parseCalendar(json);
    expect(read.kind === "refused" ? read.problems.join(" ") : "calendar").toContain(says);
  });
});
