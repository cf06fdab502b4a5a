/** In bytes. A leaf longer than the first is refused by a CHECK of the table, too. */
export const limits = {
  leafBytes: 65_535,
  bodyBytes: 16 * 1024 * 1024,
  recentEntries: 500,
  /** Of one page. */
  pageEntries: 200,
  pageBodyBytes: 8 * 1024 * 1024,
} as const;
