import type { Lent } from "#sqlguard/io";

/** A connection that nobody takes back. */
export const lent = (url: string): Lent => ({ kind: "lent", connection: { url }, end: async () => {} });
