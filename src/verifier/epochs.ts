// The epoch log: one leaf every few minutes, few enough that everybody replays all of them.

import { hex } from "./bytes.ts";
import { formatCheckpoint } from "./checkpoint.ts";
import { readEpochLeaf, type EpochLeaf } from "./epoch-leaf.ts";
import type { Examination } from "./examination.ts";
import type { Held } from "./held.ts";
import { EPOCHS } from "./layout.ts";
import type { Hash } from "./merkle.ts";
import type { ReadNote, Rotation } from "./signature.ts";
import { TILE_WIDTH } from "./tile.ts";
import { walk } from "./walk.ts";

export interface Epochs {
  /** Epochs before this one were read in an earlier run. */
  readonly from: number;
  readonly size: number;
  /** By epoch; those read in this run. */
  readonly leaves: ReadonlyMap<number, EpochLeaf>;
  /** Hex SHA-256 of the body of the checkpoint before an epoch; "" before the first. Undefined when it could not be computed. */
  readonly previous: (epoch: number) => string | undefined;
  readonly rotations: readonly Rotation[];
  /** By size, as far as they could be computed. */
  readonly roots: ReadonlyMap<number, Hash>;
}

export async function readEpochs(exam: Examination, head: ReadNote, held: Held | null): Promise<Epochs> {
  const { origin, size } = head.checkpoint;
  const from = held === null ? 0 : Math.min(held.epochs.size, size);
  const leaves = new Map<number, EpochLeaf>();
  // Each epoch's leaf names the checkpoint before it, so each root is computed.
  const sizes = new Set<number>();
  for (let epoch = from; epoch <= size; epoch++) sizes.add(epoch);
  const roots = await walk(exam, {
    log: EPOCHS,
    size,
    from,
    roots: sizes,
    onGroup: async (group) => {
      for (const [i, bytes] of group.leaves.entries()) {
        const epoch = group.n * TILE_WIDTH + i;
        if (epoch < from) continue;
        const leaf = bytes === null ? null : readEpochLeaf(bytes);
        if (bytes === null) exam.find("leaf_missing", EPOCHS, `epoch ${epoch}`, "The epoch's leaf is not there.");
        else if (leaf?.epoch === epoch) leaves.set(epoch, leaf);
        else exam.find("leaf_malformed", EPOCHS, `epoch ${epoch}`, "It is no leaf of this epoch.");
      }
    },
  });
  const { sha256 } = exam.tools;
  const previous = (epoch: number): string | undefined => {
    if (epoch === 0) return "";
    const root = roots.get(epoch);
    if (root === undefined) return undefined;
    return hex(sha256(new TextEncoder().encode(formatCheckpoint({ origin, size: epoch, root }))));
  };
  exam.counts.epochs = size - from;
  const epochs = { from, size, leaves, previous, rotations: rotationsOf(leaves), roots };
  compareNeighbours(exam, epochs, held);
  return epochs;
}

const rotationsOf = (leaves: ReadonlyMap<number, EpochLeaf>): readonly Rotation[] =>
  [...leaves.values()].flatMap(({ epoch, events }) =>
    events.flatMap((event) => (event.kind === "key.rotated" ? [{ ...event, epoch }] : [])),
  );

/** Each epoch follows the one before: the checkpoint it names, time, slots, and the guards that the database must have. */
function compareNeighbours(exam: Examination, epochs: Epochs, held: Held | null): void {
  let time = held?.epochs.time ?? 0;
  let expected = held === null ? null : held.epochs.expected;
  let slots = 0;
  for (const leaf of epochs.leaves.values()) {
    const at = `epoch ${leaf.epoch}`;
    const before = epochs.previous(leaf.epoch);
    if (before !== undefined && before !== leaf.previous)
      exam.find("epoch_differs", EPOCHS, at, "It does not name the checkpoint before it.");
    if (leaf.time < time) exam.find("order_differs", EPOCHS, at, "Its time is before that of the epoch before it.");
    if (leaf.slots.size < slots) exam.find("epoch_differs", EPOCHS, at, "It has fewer slots than the epoch before it.");
    const announced = leaf.events.findLast((event) => event.kind === "guards.expected");
    if (announced !== undefined) expected = announced.fingerprint;
    if (expected !== null && leaf.expected !== expected)
      exam.find("guards_differ", EPOCHS, at, "The guards it expects are not those that were announced.");
    const opened = leaf.events.some((event) => event.kind === "break_glass");
    if (opened) exam.notProven.add("What was done while the database's guards were opened on purpose (break-glass).");
    else if (leaf.expected === "")
      exam.notProven.add("That the database's guards were in place: no fingerprint was expected of them.");
    else if (leaf.fingerprint !== leaf.expected)
      exam.find("guards_differ", EPOCHS, at, "The database's guards were not those that were expected.");
    time = Math.max(time, leaf.time);
    slots = leaf.slots.size;
    expected = leaf.expected;
  }
}
