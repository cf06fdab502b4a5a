// An epoch: every head committed at its slot, the guards' fingerprint and what happened to them, in one leaf of the public log.

import sql from "sql-template-tag";
import { z } from "zod";
import { instantColumn } from "#platform/postgres";
import { hex, leafHash, rootOf } from "#verifier";
import { epochBytes, type EpochEvent } from "../../epoch.ts";
import { slotHashes } from "../../slots.ts";
import { grow, rootOfTree, type Tree } from "../../tree.ts";
import { buffer, sideBySide } from "../columns.ts";
import { sha256 } from "../sha256.ts";
import type { Guards } from "./guards.ts";
import { headsAt, pinHeads } from "./slot-heads.ts";
import type { SequencerTx } from "./place.ts";

/** How many epochs' slot hashes are kept for tenants to prove their slots with: a day of them. */
const KEPT_SLOT_TREES = 288;

export interface EpochToCommit {
  /** Of every origin. */
  readonly base: string;
  /** Digest or version of the running program. */
  readonly build: string;
  readonly incarnation: number;
  /** Of this process, in milliseconds since the Unix epoch. */
  readonly now: number;
  /** SHA-256 of the previous epoch checkpoint's body, in hexadecimal; "" for the first epoch. */
  readonly previous: string;
  readonly rotation: EpochEvent | null;
  readonly guards: Guards;
}

const beforeRow = z.object({ incarnation: z.int(), expected: z.string() });
const timeRow = z.object({ now: instantColumn });

/** Commits the next epoch's leaf; returns the epoch log's tree with it. In the caller's transaction, behind the fence. */
export async function commitEpoch(tx: SequencerTx, tree: Tree, given: EpochToCommit): Promise<Tree> {
  const epoch = tree.size;
  await pinHeads(tx, epoch);
  const heads = await headsAt(tx, given.base, epoch);
  const hashes = slotHashes(sha256, given, heads);
  const { guards } = given;
  const { now } = await tx.one(sql`select clock_timestamp() as now`, timeRow);
  const before = await tx.maybe(
    sql`select incarnation, expected from audit.epoch where epoch = ${epoch - 1}`,
    beforeRow,
  );
  const events: EpochEvent[] = [
    ...(given.rotation === null ? [] : [given.rotation]),
    ...(guards.expected !== "" && guards.expected !== before?.expected
      ? [{ kind: "guards.expected", fingerprint: guards.expected } as const]
      : []),
    ...guards.broken.map((entry) => ({ kind: "break_glass", entry }) as const),
    ...(before !== null && before.incarnation !== given.incarnation
      ? [{ kind: "incarnation", value: given.incarnation } as const]
      : []),
  ];
  const leaf = epochBytes({
    epoch,
    time: now,
    slots: { root: rootOf(sha256, hashes), size: hashes.length },
    tenants: heads.length,
    fingerprint: guards.fingerprint,
    expected: guards.expected,
    skewMs: Math.round(now - given.now),
    build: given.build,
    events,
    previous: given.previous,
  });
  const growth = grow(sha256, tree, [leafHash(sha256, leaf)]);
  const root = buffer(rootOfTree(sha256, growth.tree));
  await tx.run(sql`insert into audit.epoch (epoch, base, leaf, root, incarnation, previous, fingerprint, expected)
    values (${epoch}, ${given.base}, ${buffer(leaf)}, ${root}, ${given.incarnation}, ${given.previous}, ${guards.fingerprint}, ${guards.expected})`);
  for (const { level, n, hashes: full } of growth.fullTiles)
    await tx.run(sql`insert into audit.epoch_tile (lvl, n, hashes) values (${level}, ${n}, ${sideBySide(full)})`);
  for (const { level, n, hashes: some } of growth.runningTiles)
    await tx.run(sql`insert into audit.epoch_partial_tile (lvl, n, hashes) values (${level}, ${n}, ${sideBySide(some)})
      on conflict (lvl) do update set n = excluded.n, hashes = excluded.hashes`);
  await tx.run(sql`insert into audit.epoch_slots (epoch, hashes) values (${epoch}, ${sideBySide(hashes)})`);
  await tx.run(sql`delete from audit.epoch_slots where epoch <= ${epoch - KEPT_SLOT_TREES}`);
  return growth.tree;
}

/** What binds an epoch to the one before. */
export const previousOf = (checkpointBody: string): string => hex(sha256(new TextEncoder().encode(checkpointBody)));
