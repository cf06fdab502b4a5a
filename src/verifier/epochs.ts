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
  /** After the last one whose leaf is here: a checkpoint may say any size, and nothing is looked for beyond this. */
  readonly end: number;
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
  const roots = await walk(exam, {
    log: EPOCHS,
    size,
    from,
    // Each epoch's leaf names the checkpoint before it, so each root is computed.
    roots: { has: (at) => at >= from && at <= size },
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
  const end = [...leaves.keys()].at(-1) ?? from - 1;
  const epochs = { from, size, end: end + 1, leaves, previous, rotations: rotationsOf(leaves), roots };
  compareNeighbours(exam, epochs, held);
  const newest = leaves.get(size - 1)?.time ?? (from === size ? held?.epochs.time : undefined);
  if (newest !== undefined) compareWithNow(exam, newest);
  return epochs;
}

/** Milliseconds that two honest clocks may be apart. */
const CLOCKS = 5 * 60_000;

/** An old log with all its signatures is still an old log. `time`: of the newest epoch. */
function compareWithNow(exam: Examination, time: number): void {
  const { now } = exam.tools;
  const at = new Date(time).toISOString();
  exam.notProven.add(`What happened after ${at}: that is the newest epoch here, of ${age(now - time)} ago.`);
  if (time > now + CLOCKS)
    exam.gap(
      "completeness",
      true,
      `The newest epoch is of ${at}, which is after your own clock.`,
      "Put your clock right and run again; if it was right, the log's was not.",
    );
}

function age(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 2) return minutes < 1 ? "less than a minute" : "1 minute";
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1_440)} days`;
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
