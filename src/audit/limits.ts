/** In bytes. A leaf longer than the first is refused by a CHECK of the table, too. */
export const limits = {
  leafBytes: 65_535,
  /** GitHub's largest delivery is 25 MB, and JSON inside JSON doubles at worst. */
  bodyBytes: 64 * 1024 * 1024,
  recentEntries: 500,
  /** Of one page. */
  pageEntries: 1_000,
  pageBodyBytes: 8 * 1024 * 1024,
  /** In milliseconds. An intent without outcome for this long is nobody's work any more: the world is asked about it. */
  intentAgeMs: 5 * 60_000,
  /** Still no outcome: somebody is told. */
  intentAlarmMs: 15 * 60_000,
  askAgainMs: 60_000,
  askAgainAtMostMs: 60 * 60_000,
  /** Intents of one tenant that one sweep asks about. */
  intentsPerSweep: 100,
  /** Entries in one transaction of the group commit, and bytes of their bodies. */
  batchEntries: 256,
  batchBytes: 4 * 1024 * 1024,
} as const;
