/** How we talk to GitHub. All in milliseconds unless named otherwise. */
export const LIMITS = {
  /** Per attempt, connection and body included. */
  timeoutMs: 15_000,
  /** Reads only: a write that broke off may have happened, so its caller reads back instead. */
  readRetries: 2,
  retryBaseMs: 500,
  /** When GitHub names no time after a secondary rate limit, its documentation asks for a minute. */
  secondaryWaitMs: 60_000,
  /** A token this close to its end is not handed out any more. */
  tokenMarginMs: 5 * 60_000,
  /** GitHub refuses more than ten minutes; a minute back allows for a clock ahead of GitHub's. */
  jwtLifeSeconds: 540,
  jwtBackdateSeconds: 60,
  /** Above this difference between our clock and GitHub's, a refused JWT is signed once more with GitHub's time. */
  skewToleratedMs: 30_000,
  apiVersion: "2022-11-28",
} as const;
