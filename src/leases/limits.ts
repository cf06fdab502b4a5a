/** In milliseconds unless the name says otherwise. */
export const limits = {
  /** INVARIANT X14: a lease never outlives this. */
  seconds: 60,
  revokeTries: 6,
  /** Before the second try, the third, and so on. */
  revokePausesMs: [250, 500, 1_000, 2_000, 4_000],
  /** A provider that has not answered by then counts as one that failed. */
  revokeMs: 5_000,
  mintMs: 15_000,
  sweepMs: 1_000,
  /** What could not be revoked is tried again this often, until its provider ends it. */
  irrevocableAgainMs: 60_000,
  straysMs: 60_000,
  /** In one broker at one moment. */
  open: 5_000,
  repositories: 50,
  permissions: 40,
} as const;
