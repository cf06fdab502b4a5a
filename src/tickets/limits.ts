export const LIMITS = {
  /** Of one weekday. */
  intervals: 12,
  holidays: 1000,
  /** How far ahead a deadline is looked for. */
  daysAhead: 3660,
  /** Elapsed milliseconds within which hours of work have to reach their target: a quarter. */
  pagedWithin: 92 * 86_400_000,
  /** Characters of what people wrote. */
  title: 300,
  text: 40_000,
  name: 320,
  conversation: 998,
  /** Messages that one mail says it answers. */
  answers: 50,
  /** How many are listed at once. */
  listed: 500,
  /** The newest of a ticket, shown. */
  said: 200,
  /** From so many notices of a kind for one reader at one time on, they are one message. */
  digest: 5,
} as const;

/** INVARIANT: what was cut is still text: half a character would have no canonical form, and no place in the log. */
export const cutText = (text: string, most: number): string => text.slice(0, most).toWellFormed();
