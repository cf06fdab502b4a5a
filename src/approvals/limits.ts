import { LIMITS } from "#policy";

export const limits = {
  /** People who must say yes to one call: as many as a rule can ask for. */
  quorum: LIMITS.people,
  /** Requests of one agent that wait at once. Each is a notice to every approver, and a line of their queue. */
  waiting: 30,
  /** A request lives a day at most. */
  minutes: 1_440,
  /** A yes that nobody has used by then is worth nothing: the world it was given for has moved on. */
  useWithinMs: 15 * 60_000,
  /** Characters of a person's own words. */
  reason: 500,
  /** Bytes of what is shown. */
  shown: 200_000,
  /** Links to one request: one for each person who is told. */
  links: 50,
  /** Requests that a page or a list shows. */
  queue: 200,
  /** Requests that a comment lists. */
  listed: 10,
} as const;
