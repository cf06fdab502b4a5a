/** Everything that is bounded at this surface. */
export const LIMITS = {
  /** GitHub's own cap for a delivery. */
  bodyBytes: 25 * 1024 * 1024,
  /** GitHub redelivers for three days; a repeat within a week is recognised. */
  rememberDeliveriesDays: 7,
  /** Forgotten with each handled delivery: bounded, and always more than come in. */
  forgottenPerDelivery: 20,
  commandReasonChars: 200,
  commentChars: 60_000,
  /** Pages of 100 comments looked through for our own reply before another is written. */
  replyPages: 5,
  /** From "Connect GitHub" to GitHub's redirect back. */
  connectMs: 10 * 60_000,
} as const;
