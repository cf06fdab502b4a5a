import { randomBytes } from "node:crypto";
import { entryId, Fault, type EntryId, type Instant } from "#kernel";

/** A UUIDv7 (RFC 9562, 5.7) of that millisecond. Those of one batch are in the order of `nth` (0 to 4095); without it, in any. */
export function newEntryId(at: Instant, nth?: number): EntryId {
  const bytes = Buffer.concat([Buffer.from(at.toString(16).padStart(12, "0"), "hex"), randomBytes(10)]);
  if (nth !== undefined) bytes.writeUInt16BE(nth, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  const id = entryId(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
  );
  if (id === null) throw new Fault("invariant_broken", "A UUID was made that is none.");
  return id;
}
