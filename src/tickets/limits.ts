export const LIMITS = {
  /** Of one weekday. */
  intervals: 12,
  holidays: 1000,
  /** How far ahead a deadline is looked for. */
  daysAhead: 3660,
} as const;
