// The live sequencer's own acts: a batch, an epoch. Each is one transaction behind the fence; what surrounds them is in run.ts.

import sql from "sql-template-tag";
import { z } from "zod";
import type { TenantId } from "#kernel";
import type { RoleDatabase } from "#platform/postgres";
import { parseNote } from "#verifier";
import { EPOCHS } from "../../proof.ts";
import type { KeyRotation } from "../../rotation.ts";
import { sequence, type KnownTree, type Waiting } from "../../sequence.ts";
import type { CheckpointSigner } from "../../signer.ts";
import type { Tree } from "../../tree.ts";
import { advance, wentBack, type Place } from "../../watermark.ts";
import { readCheckpoint } from "../checkpoints.ts";
import { sha256 } from "../sha256.ts";
import { write } from "./batch.ts";
import { commitEpoch, previousOf } from "./epochs.ts";
import { guardsNow } from "./guards.ts";
import { Fenced, look, raise, takeOver, type SequencerTx } from "./place.ts";
import { pendingEpoch, signPending } from "./signing.ts";
import { epochTree, treesOf } from "./trees.ts";

export type EpochSigner = CheckpointSigner & Pick<KeyRotation, "rotation">;

export interface SequencerParts {
  readonly database: RoleDatabase<"sequencer">;
  readonly signer: EpochSigner;
  /** Version or digest of the running program, for the epoch's leaf. */
  readonly build: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Entries in one transaction, and in one look. */
  readonly batch?: number;
}

/** `clock`: the database's clock is behind the last batch, and nothing was done. */
export type Batch =
  | { readonly kind: "sequenced"; readonly entries: number; readonly more: boolean }
  | { readonly kind: "clock" };

export interface OpenSequencer {
  /** This is another database than the one that was sequenced before: restored from a dump. */
  readonly restored: boolean;
  /** Gives places to what waits. Once it has thrown, this sequencer is over: open another. */
  batch(): Promise<Batch>;
  /** Signs what an earlier epoch left unsigned, commits the next one, and has it signed. Resolves to its number; null: the clock went back. */
  epoch(): Promise<number | null>;
}

const BATCH = 2_000;
/** A look reads several batches at once: after an outage what was passed over already is not passed over again for each. */
const BATCHES_IN_A_LOOK = 10;
const MOST_TREES = 4_096;

/** Takes over: whoever was the sequencer until now is fenced off. */
export async function openSequencer(parts: SequencerParts): Promise<OpenSequencer> {
  const { database, signer } = parts;
  const batchSize = parts.batch ?? BATCH;
  const standing = await database.transaction(takeOver);
  const { incarnation } = standing;
  let { fence, place } = standing;
  const trees = new Map<TenantId, KnownTree>();
  let epochs: Tree | null = null;
  let waiting: readonly Waiting[] = [];
  /** Where we are once everything in `waiting` has its place. */
  let afterwards: Place = place;
  let turn: Promise<unknown> = Promise.resolve();

  /** Batches and epochs take turns: both move the fence. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => {});
    return next;
  }

  async function find(tx: SequencerTx): Promise<void> {
    const limit = batchSize * BATCHES_IN_A_LOOK;
    const found = await look(tx, { place, incarnation }, limit);
    // Only a new take-over may decide what a restored database is.
    if (wentBack(place, found.snapshot)) throw new Fenced();
    waiting = found.waiting;
    afterwards = found.waiting.length < limit ? advance(place, found.snapshot) : place;
  }

  async function batch(): Promise<Batch> {
    if (trees.size > MOST_TREES) trees.clear();
    const done = await database.transaction(async (tx) => {
      if (waiting.length === 0) await find(tx);
      if (waiting.length === 0) return { entries: 0, place: afterwards, grown: [] };
      const now = waiting.slice(0, batchSize);
      const next = now.length === waiting.length ? afterwards : place;
      const tenants = [...new Set(now.map((entry) => entry.tenantId))];
      const grown = sequence(sha256, await treesOf(tx, trees, tenants), now);
      if (!(await write(tx, { fence, incarnation, place: next }, grown))) return null;
      return { entries: now.length, place: next, grown };
    });
    if (done === null) return { kind: "clock" };
    place = done.place;
    if (done.entries > 0) fence += 1;
    for (const { tenantId, growth } of done.grown) trees.set(tenantId, { tree: growth.tree, isNew: false });
    waiting = waiting.slice(done.entries);
    return { kind: "sequenced", entries: done.entries, more: waiting.length > 0 };
  }

  async function epoch(): Promise<number | null> {
    await signPending(database, signer);
    const { base } = await signer.identity();
    const { number, previous } = await database.transaction(nextEpoch);
    const rotation = await signer.rotation(number);
    const guards = await guardsNow(database, number);
    const given = { base, build: parts.build, incarnation, previous, rotation, guards };
    const committed = await inTurn(async () => {
      const before = epochs;
      const tree = await database.transaction(async (tx) => {
        if (!(await raise(tx, fence, place))) return null;
        return commitEpoch(tx, before ?? (await epochTree(tx)), { ...given, now: parts.now() });
      });
      if (tree === null) return false;
      fence += 1;
      epochs = tree;
      return true;
    });
    return committed ? signPending(database, signer) : null;
  }

  return { restored: standing.restored, batch: () => inTurn(batch), epoch };
}

async function nextEpoch(tx: SequencerTx): Promise<{ readonly number: number; readonly previous: string }> {
  if ((await pendingEpoch(tx)) !== null) throw new Fenced();
  const last = await readCheckpoint(tx, EPOCHS);
  const note = last === null ? null : parseNote(last.note);
  const { number } = await tx.one(
    sql`select coalesce(max(epoch) + 1, 0) as number from audit.epoch`,
    z.object({ number: z.int() }),
  );
  return { number, previous: note?.kind === "note" ? previousOf(note.body) : "" };
}
