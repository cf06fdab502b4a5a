// The slot tree of an epoch: every log's head at its own position, so that two heads for one log cannot both be there, and a
// head that did not move is committed again.

import { canonicalBytes, hex, leafHash, type Hash, type Sha256 } from "#verifier";

/** A log's head, as an epoch commits to it. */
export interface SlotHead {
  readonly slot: number;
  /** The log's origin. */
  readonly log: string;
  readonly size: number;
  readonly root: Hash;
  readonly chain: Hash;
  /** 32 random bytes of the log's own: its neighbours see the leaf's hash and learn nothing. */
  readonly salt: Uint8Array;
  /** Erased: its last head stands, and what could still be linked to it does not. */
  readonly shredded: boolean;
}

/** What all leaves of one epoch have in common. */
export interface SlotsOfEpoch {
  readonly incarnation: number;
  /** SHA-256 of the previous epoch checkpoint's body, lower-case hexadecimal; "" in the first epoch. Bounds each head from below in time. */
  readonly previous: string;
}

export function slotBytes(epoch: SlotsOfEpoch, head: SlotHead): Uint8Array {
  const { slot, size } = head;
  if (head.shredded) return canonicalBytes({ v: 1, slot, shredded: true, size, root: hex(head.root) });
  return canonicalBytes({
    v: 1,
    slot,
    log: head.log,
    size,
    root: hex(head.root),
    chain: hex(head.chain),
    incarnation: epoch.incarnation,
    previous: epoch.previous,
    salt: hex(head.salt),
  });
}

const vacantBytes = (slot: number): Uint8Array => canonicalBytes({ v: 1, slot, vacant: true });

/** Leaf hashes of the slots 0 to the highest, those without a log among them. */
export function slotHashes(sha256: Sha256, epoch: SlotsOfEpoch, heads: readonly SlotHead[]): readonly Hash[] {
  const bySlot = new Map(heads.map((head) => [head.slot, head]));
  const highest = heads.reduce((most, { slot }) => Math.max(most, slot), -1);
  return Array.from({ length: highest + 1 }, (_, slot) => {
    const head = bySlot.get(slot);
    return leafHash(sha256, head === undefined ? vacantBytes(slot) : slotBytes(epoch, head));
  });
}
