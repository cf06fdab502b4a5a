// A tenant's heads, epoch by epoch, each at its one place in that epoch's slot tree.

import type { Epochs } from "./epochs.ts";
import type { Examination } from "./examination.ts";
import type { HeldLog } from "./held.ts";
import { groupWidth, type TenantLog } from "./layout.ts";
import { leafHash, verifyInclusion, type Hash } from "./merkle.ts";
import { readSlotLeaf, type HeadLeaf, type SlotLeaf } from "./slot-leaf.ts";
import type { SlotRecord } from "./source.ts";
import { TILE_WIDTH } from "./tile.ts";

export interface Head {
  readonly epoch: number;
  /** Of that epoch, milliseconds. */
  readonly time: number;
  readonly slot: number;
  readonly size: number;
  readonly root: Hash;
  /** null in a slot whose tenant left. */
  readonly chain: Hash | null;
  readonly incarnation: number;
}

export interface Heads {
  /** Ascending by epoch. */
  readonly heads: readonly Head[];
  /** The tenant left, and its leaves and bodies were destroyed: the epoch that says so. */
  readonly shreddedIn: number | null;
}

export async function readHeads(
  exam: Examination,
  log: TenantLog,
  origin: string,
  epochs: Epochs,
  held: HeldLog | null,
): Promise<Heads> {
  const heads: Head[] = [];
  let shreddedIn: number | null = null;
  for (let n = Math.floor(epochs.from / TILE_WIDTH); n * TILE_WIDTH < epochs.end; n++) {
    const read = await exam.source.slots(log.id, n, groupWidth(n, epochs.size));
    const records = exam.take(read, "slot_differs", log, `slots, group ${n}`) ?? [];
    for (const record of [...records].sort((a, b) => a.epoch - b.epoch)) {
      if (record.epoch < epochs.from) continue;
      const leaf = check(exam, log, origin, epochs, record);
      if (leaf === null) continue;
      const time = epochs.leaves.get(record.epoch)?.time ?? 0;
      const { slot, size, root } = leaf;
      if (leaf.kind === "shredded") shreddedIn ??= record.epoch;
      else if (shreddedIn !== null)
        exam.find("slot_differs", log, `epoch ${record.epoch}`, `It was erased in epoch ${shreddedIn}, and is back.`);
      if (shreddedIn !== null && shreddedIn < record.epoch && size > (heads.at(-1)?.size ?? size))
        exam.find("slot_differs", log, `epoch ${record.epoch}`, `It was erased in epoch ${shreddedIn}, and grew.`);
      const rest = leaf.kind === "head" ? leaf : { chain: null, incarnation: heads.at(-1)?.incarnation ?? 0 };
      const { chain, incarnation } = rest;
      heads.push({ epoch: record.epoch, time, slot, size, root, chain, incarnation });
    }
  }
  compareInOrder(exam, log, heads, held);
  if (!areWhole(heads, epochs))
    exam.notProven.add(
      "What epochs committed to for a log where their slots are not here: in them it may have shown another past and taken it back.",
    );
  return { heads, shreddedIn };
}

/** Whether there is a head for every epoch that had the log's slot, from the newest one back. */
function areWhole(heads: readonly Head[], epochs: Epochs): boolean {
  const slot = heads.at(-1)?.slot ?? 0;
  const there = new Set(heads.map((head) => head.epoch));
  for (let epoch = epochs.end - 1; epoch >= epochs.from; epoch--) {
    const leaf = epochs.leaves.get(epoch);
    if (leaf !== undefined && leaf.slots.size <= slot) return true;
    if (!there.has(epoch)) return false;
  }
  return true;
}

type FilledSlot = HeadLeaf | Extract<SlotLeaf, { kind: "shredded" }>;

/** The record's leaf when it stands where it says, in the epoch it says. */
function check(
  exam: Examination,
  log: TenantLog,
  origin: string,
  epochs: Epochs,
  record: SlotRecord,
): FilledSlot | null {
  const { sha256 } = exam.tools;
  const at = `epoch ${record.epoch}`;
  const wrong = (what: string): null => {
    exam.find("slot_differs", log, at, what);
    return null;
  };
  const leaf = readSlotLeaf(record.leaf);
  if (leaf === null || leaf.kind === "vacant") return wrong("The tenant's head of this epoch is none.");
  const epoch = epochs.leaves.get(record.epoch);
  if (epoch === undefined) return record.epoch >= epochs.size ? wrong("There is no such epoch yet.") : null;
  const { root, size } = epoch.slots;
  const included = { leaf: leafHash(sha256, record.leaf), index: leaf.slot, size, root, proof: record.proof };
  if (!verifyInclusion(sha256, included))
    return wrong("The tenant's head is not the one that the epoch commits to at its place.");
  if (leaf.kind === "head" && leaf.log !== origin) return wrong("It is the head of another log.");
  const before = epochs.previous(record.epoch);
  if (leaf.kind === "head" && before !== undefined && leaf.previous !== before)
    return wrong("It does not name the checkpoint before its epoch.");
  return leaf;
}

/** A head never moves to another slot, never shrinks, and its database is never replaced by an older one. */
function compareInOrder(exam: Examination, log: TenantLog, heads: readonly Head[], held: HeldLog | null): void {
  let before: Pick<Head, "slot" | "size" | "incarnation"> | null = held;
  let epoch = -1;
  for (const head of heads) {
    const at = `epoch ${head.epoch}`;
    if (head.epoch === epoch) exam.find("slot_differs", log, at, "There are two heads for one epoch.");
    if (before !== null && head.slot !== before.slot)
      exam.find("slot_differs", log, at, "The log moved to another slot.");
    if (before !== null && head.size < before.size)
      exam.find("slot_differs", log, at, `It has ${head.size} entries; an earlier epoch had ${before.size}.`);
    if (before !== null && head.incarnation < before.incarnation)
      exam.find("slot_differs", log, at, "It comes from a database of an earlier incarnation.");
    before = head;
    epoch = head.epoch;
  }
}
