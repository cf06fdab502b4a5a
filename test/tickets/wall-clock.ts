// Hours of work, counted minute by minute by the clock on the wall as JavaScript itself tells it: no arithmetic of ours, and no Temporal.

import type { Calendar } from "#tickets";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** In the order of Date.prototype.getUTCDay. */
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

export interface Wall {
  /** Of whole minutes in the stretch from one instant to the other, in milliseconds. */
  worked(from: number, to: number): number;
  /** Local times in it that come twice, or never. */
  readonly changes: number;
}

/** What the wall shows from `begin` to `end` (whole minutes), as "2026-10-25 02:30": sorts as time does, but where the clock is changed. */
export function wallOf({ zone, week, holidays }: Calendar, begin: number, end: number): Wall {
  const shown = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const first = begin - 2 * DAY;
  const walls: string[] = [];
  for (let at = first; at < end + 2 * DAY; at += MINUTE) walls.push(shown.format(at));
  const dates = [...new Set(walls.map((wall) => wall.slice(0, 10)))];
  const works = new Set<number>();
  for (const date of dates) {
    const day = WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()];
    if (day === undefined || holidays.includes(date)) continue;
    for (const { from, to } of week[day]) {
      // "24:00" sorts after every minute of its date.
      const since = walls.findIndex((wall) => wall >= `${date} ${from}`);
      const until = walls.findLastIndex((wall) => wall < `${date} ${to}`);
      for (let n = since; since >= 0 && n <= until; n += 1) works.add(n);
    }
  }
  const steps = walls.slice(1).map((wall, n) => Date.parse(`${wall}Z`) - Date.parse(`${walls[n] ?? wall}Z`));
  return {
    worked(from, to) {
      let sum = 0;
      for (let at = from; at < to; at += MINUTE) if (works.has((at - first) / MINUTE)) sum += MINUTE;
      return sum;
    },
    changes: steps.filter((step) => step !== MINUTE).length,
  };
}
