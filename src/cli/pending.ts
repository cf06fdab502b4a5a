import { iso, type Instant } from "#kernel";

/** Asked for, and waiting for another operator. Nothing was done. */
export interface Pending {
  readonly kind: "pending";
  readonly id: string;
  readonly digest: string;
  readonly expiresAt: Instant;
}

/** `again`: what the first one runs once it is confirmed. */
export const pendingLines = ({ id, digest, expiresAt }: Pending, again: string): readonly string[] => [
  "Nothing was done yet: this needs a second operator.",
  `  they run:  countersign operator confirm ${id}`,
  `  digest:    ${digest}`,
  `  until:     ${iso(expiresAt)}`,
  `Then run this again: ${again}`,
];

export const pendingJson = ({ expiresAt, ...pending }: Pending): string =>
  JSON.stringify({ ...pending, expiresAt: iso(expiresAt) });
