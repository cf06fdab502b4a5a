// The leaf of an epoch: every tenant's head, the database's guards and what happened to the log itself, in one line.

import { canonicalBytes } from "./canonical.ts";
import { fromBase64, fromHex } from "./bytes.ts";
import type { Hash } from "./merkle.ts";
import { canonicalValue, isCount, isHashText, isText, members } from "./shape.ts";

export interface KeyRotated {
  readonly kind: "key.rotated";
  /** Verifier keys. */
  readonly from: string;
  readonly to: string;
  readonly byOld: Uint8Array;
  readonly byNew: Uint8Array;
}
export type EpochEvent =
  | KeyRotated
  | { readonly kind: "guards.expected"; readonly fingerprint: string }
  | { readonly kind: "break_glass"; readonly entry: string }
  | { readonly kind: "incarnation"; readonly value: number };

export interface EpochLeaf {
  readonly epoch: number;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly slots: { readonly root: Hash; readonly size: number };
  readonly tenants: number;
  /** Of the database's catalog: as it was found, and as the last signed event says it must be. */
  readonly fingerprint: string;
  readonly expected: string;
  readonly events: readonly EpochEvent[];
  /** Hex SHA-256 of the body of the checkpoint before; "" in the first epoch. */
  readonly previous: string;
}

const MEMBERS = [
  "v", "epoch", "time", "slots", "tenants", "fingerprint", "expected", "skewMs", "build", "events", "previous",
]; // prettier-ignore
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** null when the bytes are not exactly the canonical form of an epoch's leaf. */
export function readEpochLeaf(bytes: Uint8Array): EpochLeaf | null {
  const leaf = members(canonicalValue(bytes), MEMBERS);
  const slots = members(leaf?.["slots"], ["root", "size"]);
  if (leaf === null || slots === null) return null;
  const { v, epoch, time, tenants, fingerprint, expected, skewMs, build, previous } = leaf;
  const root = isHashText(slots["root"]) ? fromHex(slots["root"]) : null;
  const events = Array.isArray(leaf["events"]) ? leaf["events"].map(readEvent) : null;
  if (v !== 1 || !isCount(epoch) || !isText(time) || !TIME.test(time) || Number.isNaN(Date.parse(time))) return null;
  if (root === null || !isCount(slots["size"]) || !isCount(tenants)) return null;
  if (!isText(fingerprint) || !isText(expected) || !Number.isSafeInteger(skewMs) || !isText(build)) return null;
  if (!isText(previous) || (previous !== "" && !isHashText(previous)) || events === null) return null;
  const known = events.filter((event) => event !== null);
  if (known.length !== events.length) return null;
  return {
    epoch, time: Date.parse(time), slots: { root, size: slots["size"] }, tenants, fingerprint, expected, events: known, previous,
  }; // prettier-ignore
}

function readEvent(value: unknown): EpochEvent | null {
  const rotated = members(value, ["kind", "from", "to", "byOld", "byNew"]);
  if (rotated !== null) {
    const { kind, from, to } = rotated;
    const [byOld, byNew] = [signature(rotated["byOld"]), signature(rotated["byNew"])];
    return kind === "key.rotated" && isText(from) && isText(to) && byOld !== null && byNew !== null
      ? { kind, from, to, byOld, byNew }
      : null;
  }
  const guards = members(value, ["kind", "fingerprint"]);
  if (guards?.["kind"] === "guards.expected" && isText(guards["fingerprint"]))
    return { kind: "guards.expected", fingerprint: guards["fingerprint"] };
  const glass = members(value, ["kind", "entry"]);
  if (glass?.["kind"] === "break_glass" && isText(glass["entry"]))
    return { kind: "break_glass", entry: glass["entry"] };
  const incarnation = members(value, ["kind", "value"]);
  if (incarnation?.["kind"] === "incarnation" && isCount(incarnation["value"]))
    return { kind: "incarnation", value: incarnation["value"] };
  return null;
}

const signature = (value: unknown): Uint8Array | null => (isText(value) ? fromBase64(value) : null);

/** What the old and the new key both sign when one follows the other. */
export const rotationBytes = (from: string, to: string, epoch: number): Uint8Array =>
  canonicalBytes({ rotate: { from, to, epoch } });
