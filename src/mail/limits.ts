/** Everything that is bounded at this surface. */
export const LIMITS = {
  /** Of one mail; of a larger one the beginning is read, where the words are. */
  mailBytes: 5 * 1024 * 1024,
  /** A mail of 5 MB whose pictures are in base64 has fewer. */
  mailLines: 80_000,
  /** What it takes to read one, in a thread of its own. */
  parseMs: 10_000,
  /** Of the mails that one look by IMAP brings. */
  lookBytes: 16 * 1024 * 1024,
  notificationBytes: 256 * 1024,
  /** N10: whether or not Microsoft has said anything. */
  pollEveryMs: 5 * 60_000,
  /** N9: as far as is read anew when nobody knows any more how far it was. */
  resyncMs: 7 * 24 * 3_600_000,
  /** As far back as the first look goes. */
  firstMs: 24 * 3_600_000,
  /** Read in one job; the rest in the next. */
  pages: 20,
  mailsOfImap: 200,
  askMs: 20_000,
  /** Microsoft allows a little less than three days for a mailbox's messages. */
  subscriptionMs: 66 * 3_600_000,
  renewBeforeMs: 24 * 3_600_000,
} as const;
