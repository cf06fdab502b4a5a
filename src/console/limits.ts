/** Everything that is bounded at this surface. */
export const LIMITS = {
  /** Requests that one key may make: at once, and in a minute. A stock tool that reads a log of 100,000 entries makes about 800. */
  key: { burst: 600, perMinute: 1_200 },
  /** Requests for the public epoch log, of everybody together: a cache in front of us should answer them. */
  everybody: { burst: 600, perMinute: 6_000 },
  /** Requests with a key that is none, of everybody together. */
  strangers: { burst: 100, perMinute: 300 },
  /** Whole checks of a log that one key may ask for: each reads everything. */
  verify: { burst: 2, perMinute: 2 },
  /** Sign-ins that GitHub is asked about, of everybody together. */
  logins: { burst: 60, perMinute: 120 },
  signInSeconds: 600,
  choiceSeconds: 300,
  pageEntries: 200,
  /** Sealed bodies in one answer; more are read by export. */
  bodyBytes: 64 * 1024 * 1024,
  /** What is said on a ticket, in one request. */
  ticketBytes: 200_000,
  /** A receiver of webhooks, in one request. */
  webhookBytes: 16_000,
  /** Events that one key may have sent to receivers, now, to try them: they reach machines of others. */
  tries: { burst: 5, perMinute: 10 },
  authorizationChars: 200,
} as const;
