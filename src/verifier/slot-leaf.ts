// The leaf of a tenant's slot: its head in one epoch. Its place in the tree makes two heads for one tenant impossible.

import { fromHex } from "./bytes.ts";
import type { Hash } from "./merkle.ts";
import { canonicalValue, isCount, isHashText, isText, members } from "./shape.ts";

export interface HeadLeaf {
  readonly kind: "head";
  readonly slot: number;
  /** The tenant log's origin. */
  readonly log: string;
  readonly size: number;
  readonly root: Hash;
  readonly chain: Hash;
  readonly incarnation: number;
  /** Hex SHA-256 of the body of the epoch checkpoint before; "" in the first epoch. */
  readonly previous: string;
}
export type SlotLeaf =
  | HeadLeaf
  | { readonly kind: "vacant"; readonly slot: number }
  /** The tenant left, and its keys, bodies and leaves were destroyed: this is what the log keeps of it. */
  | { readonly kind: "shredded"; readonly slot: number; readonly size: number; readonly root: Hash };

const HEAD = ["v", "slot", "log", "size", "root", "chain", "incarnation", "previous", "salt"];

/** null when the bytes are not exactly the canonical form of a slot's leaf. */
export function readSlotLeaf(bytes: Uint8Array): SlotLeaf | null {
  const value = canonicalValue(bytes);
  const vacant = members(value, ["v", "slot", "vacant"]);
  if (vacant !== null)
    return vacant["v"] === 1 && vacant["vacant"] === true && isCount(vacant["slot"])
      ? { kind: "vacant", slot: vacant["slot"] }
      : null;
  const gone = members(value, ["v", "slot", "shredded", "size", "root"]);
  if (gone !== null) {
    const root = hash(gone["root"]);
    return gone["v"] === 1 &&
      gone["shredded"] === true &&
      isCount(gone["slot"]) &&
      isCount(gone["size"]) &&
      root !== null
      ? { kind: "shredded", slot: gone["slot"], size: gone["size"], root }
      : null;
  }
  const head = members(value, HEAD);
  if (head === null) return null;
  const { v, slot, log, size, incarnation, previous, salt } = head;
  const [root, chain] = [hash(head["root"]), hash(head["chain"])];
  const written = isText(previous) && (previous === "" || isHashText(previous));
  if (v !== 1 || !isCount(slot) || !isText(log) || !isCount(size) || !isCount(incarnation) || !written) return null;
  if (root === null || chain === null || !isHashText(salt)) return null;
  return { kind: "head", slot, log, size, root, chain, incarnation, previous };
}

const hash = (value: unknown): Hash | null => (isHashText(value) ? fromHex(value) : null);
