// How rows of the log's tables come and go: bytes, arrays of bytes, hashes side by side.

import { z } from "zod";
import { branded } from "#platform/postgres";
import { entryId } from "#kernel";
import { concat, type Hash } from "#verifier";

export const bytesColumn = z.instanceof(Uint8Array);
export const entryIdColumn = branded(z.string(), entryId);
/** What the leaf says of its entry, as far as readers need it. */
const leafShape = z.object({
  kind: z.string(),
  outcome: z.string(),
  intent: z.string().optional(),
  // Without `kc`: written before bodies were sealed.
  body: z.array(z.object({ h: z.string(), kc: z.string().optional(), len: z.int() })).min(1),
});
export const leafOf = (bytes: Uint8Array): z.infer<typeof leafShape> =>
  leafShape.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
/** A log's head as an epoch commits to it (audit.head_at). */
export const headColumns = {
  slot: z.int(),
  size: z.int(),
  root: bytesColumn,
  chain: bytesColumn,
  salt: bytesColumn,
  shredded: z.boolean(),
};
export const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
export const buffers = (hashes: readonly Hash[]): Buffer[] => hashes.map(buffer);
export const sideBySide = (hashes: readonly Hash[]): Buffer => buffer(concat(...hashes));
