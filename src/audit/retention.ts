import type { Instant } from "#kernel";

/** As the database's partitions are named: `YYYY-MM`, UTC. */
export type LogMonth = string;

/** Whole months that stay. The database refuses less than six by itself (migrations/0044_erasure.sql). */
export const MONTHS_KEPT = { least: 6, usual: 13 } as const;

/** Whether all of the month is at least `months` whole months ago. */
export function isDue(month: LogMonth, now: Instant, months: number): boolean {
  const today = new Date(now);
  const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months, 1));
  return month < first.toISOString().slice(0, 7);
}
