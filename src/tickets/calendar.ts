// When people work: intervals of each weekday in local time, without holidays, in one zone. Temporal knows the zones' rules; what is
// here is which stretches of real time the intervals are on a given date.

import { Temporal } from "temporal-polyfill";
import { z } from "zod";
import { instantOfMillis, millis, type Instant, type Millis } from "#kernel";
import { LIMITS } from "./limits.ts";

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/;
const interval = z
  .strictObject({ from: z.string().regex(TIME), to: z.string().regex(TIME) })
  .refine(({ from, to }) => from < to, "An interval ends after it begins; one over midnight is two.")
  .readonly();
const day = z.array(interval).max(LIMITS.intervals).readonly().default([]);

const calendarShape = z
  .strictObject({
    /** An IANA name: `Europe/Berlin`. */
    zone: z.string().max(64).refine(isZone, "It is no time zone of the IANA database, as Europe/Berlin is."),
    week: z
      .strictObject({
        monday: day,
        tuesday: day,
        wednesday: day,
        thursday: day,
        friday: day,
        saturday: day,
        sunday: day,
      })
      .readonly(),
    /** Dates as 2026-12-25: nobody works on them. */
    holidays: z
      .array(z.string().refine(isDate, "It is no date, as 2026-12-25 is."))
      .max(
        LIMITS.holidays,
        `There are more than ${LIMITS.holidays} of them. Leave out those that are long past or years ahead.`,
      )
      .readonly()
      .default([]),
  })
  .readonly()
  .superRefine(({ week }, context) => {
    // A calendar without hours would be waited for without end (T20).
    if (WEEKDAYS.every((name) => week[name].length === 0))
      context.addIssue({
        code: "custom",
        path: ["week"],
        message: "There are no hours in it. Nobody would ever work.",
      });
    for (const name of WEEKDAYS) {
      const sorted = week[name].toSorted((a, b) => (a.from < b.from ? -1 : 1));
      if (sorted.some((one, i) => i > 0 && one.from < (sorted[i - 1]?.to ?? "")))
        context.addIssue({ code: "custom", path: ["week", name], message: "Two of its intervals overlap." });
    }
  });

export type Calendar = z.infer<typeof calendarShape>;

export type ReadCalendar =
  | { readonly kind: "calendar"; readonly calendar: Calendar }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

export function parseCalendar(json: unknown): ReadCalendar {
  const read = calendarShape.safeParse(json);
  if (read.success) return { kind: "calendar", calendar: read.data };
  return {
    kind: "refused",
    problems: read.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join(".")}: ${message}`,
    ),
  };
}

/** Real time of work between the two, in milliseconds; none where `to` is not after `from`. */
export function workBetween(calendar: Calendar, from: Instant, to: Instant): Millis {
  if (to <= from) return millis(0);
  const last = dateAt(calendar, to);
  let sum = 0;
  for (let date = dateAt(calendar, from); Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    for (const [begin, end] of stretches(calendar, date)) sum += Math.max(0, Math.min(end, to) - Math.max(begin, from));
  }
  return millis(sum);
}

/** When that much work from then on is done; null: not within ten years, with all these holidays. */
export function workAfter(calendar: Calendar, from: Instant, amount: Millis): Instant | null {
  if (amount <= 0) return from;
  let left: number = amount;
  let date = dateAt(calendar, from);
  for (let days = 0; days <= LIMITS.daysAhead; days++, date = date.add({ days: 1 })) {
    for (const [begin, end] of stretches(calendar, date)) {
      const start = Math.max(begin, from);
      const here = Math.max(0, end - start);
      if (here >= left) return instantOfMillis(start + left);
      left -= here;
    }
  }
  return null;
}

/** The next moment of work, which may be now; null: there is none within ten years. Quiet hours are all others. */
export function nextWork(calendar: Calendar, from: Instant): Instant | null {
  const after = workAfter(calendar, from, millis(1));
  return after === null ? null : instantOfMillis(after - 1);
}

const dateAt = ({ zone }: Calendar, at: Instant): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();

/** In order, without overlap: the intervals of one local date, in milliseconds since the epoch. */
function stretches(
  { zone, week, holidays }: Calendar,
  date: Temporal.PlainDate,
): readonly (readonly [number, number])[] {
  const name = WEEKDAYS[date.dayOfWeek - 1];
  if (name === undefined || holidays.includes(date.toString())) return [];
  let done = -Infinity;
  return week[name]
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
    .map(({ from, to }) => {
      // Where the hour between an end and the next beginning comes twice, that beginning comes before that end.
      const begin = Math.max(done, edge(zone, date, from, "earlier"));
      done = Math.max(done, edge(zone, date, to, "later"));
      return [begin, done] as const;
    })
    .filter(([begin, end]) => begin < end);
}

/**
 * A local time that happens twice counts both times: the first for a beginning, the second for an end, which is the last moment before which
 * the clock shows less. One that never happens (spring; a date that a country left out) is the moment of the change.
 */
function edge(zone: string, date: Temporal.PlainDate, time: string, which: "earlier" | "later"): number {
  const wall =
    time === "24:00" ? date.add({ days: 1 }).toPlainDateTime() : date.toPlainDateTime(Temporal.PlainTime.from(time));
  const first = wall.toZonedDateTime(zone, { disambiguation: "earlier" });
  const found = which === "earlier" ? first : wall.toZonedDateTime(zone, { disambiguation: which });
  const happens = found.toPlainDateTime().equals(wall);
  // Nearly always; looking for a change of the clock costs more than all else here.
  if (happens && found.epochMilliseconds === first.epochMilliseconds) return found.epochMilliseconds;
  const change = first.getTimeZoneTransition("next")?.epochMilliseconds ?? found.epochMilliseconds;
  if (!happens) return change;
  // The time to which the clock is put back: what it shows before its second coming is not less.
  return found.epochMilliseconds === change ? first.epochMilliseconds : found.epochMilliseconds;
}

function isZone(name: string): boolean {
  try {
    Temporal.PlainDate.from("2026-01-01").toZonedDateTime(name);
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

function isDate(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text, { overflow: "reject" }).toString() === text;
  } catch {
    return false;
  }
}
