import type { Instant } from "#kernel";

/** As the database's partitions are named: `YYYY-MM`, UTC. */
export type LogMonth = string;

export const DEFAULT_MONTHS = 13;
/** The database refuses less by itself (EU AI Act, Art. 19 and 26(6); migrations/0044_erasure.sql). */
export const LEAST_MONTHS = 6;

/** Whether all of the month is at least `months` whole months ago. */
export function isDue(month: LogMonth, now: Instant, months: number): boolean {
  const today = new Date(now);
  const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months, 1));
  return month < first.toISOString().slice(0, 7);
}
