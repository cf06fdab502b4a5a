/** Everything that is bounded at this surface. */
export const LIMITS = {
  /** Slack's own messages and payloads are far smaller. */
  bodyBytes: 512 * 1024,
  /** Slack's documentation: a request whose time is further away than this is not to be believed. */
  windowMs: 5 * 60_000,
  /** A signature of five minutes cannot come again after a day, nor an event's retry. */
  rememberDays: 2,
  forgottenPerArrival: 20,
  /** Pages of 200 replies read before a ticket is closed for silence. */
  replyPages: 10,
  askMs: 8_000,
  noteEveryMs: 60_000,
} as const;
