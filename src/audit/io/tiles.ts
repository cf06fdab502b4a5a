// The trees as they lie in the database: any tile of any log, whole or in part, and the proofs made of them.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import type { Statements } from "#platform/postgres";
import {
  completeNodes,
  concat,
  consistencyRanges,
  HASH_BYTES,
  inclusionRanges,
  nodeFromTile,
  proofOf,
  rangeHash,
  TILE_WIDTH,
  tileOfNode,
  type Hash,
  type LeafRange,
  type TreeNode,
} from "#verifier";
import type { LogName } from "../proof.ts";
import { bytesColumn } from "./columns.ts";
import { sha256 } from "./sha256.ts";

const hashesRow = z.object({ hashes: bytesColumn }).transform((row) => row.hashes);

/**
 * The first `width` hashes of a tile. A tile's hashes never change once they are there, so a part of it is the same whether it
 * was asked for then or now. Null: the tree does not reach that far.
 */
export async function readTile(
  tx: Statements,
  log: LogName,
  level: number,
  n: number,
  width: number = TILE_WIDTH,
): Promise<Uint8Array | null> {
  const full = await fullTile(tx, log, level, n);
  const hashes =
    full ?? (level === 0 ? await leafHashes(tx, log, n * TILE_WIDTH, width) : await running(tx, log, level, n));
  return hashes !== null && hashes.length >= width * HASH_BYTES ? hashes.subarray(0, width * HASH_BYTES) : null;
}

const fullTile = (tx: Statements, log: LogName, level: number, n: number): Promise<Uint8Array | null> =>
  tx.maybe(
    log.kind === "epochs"
      ? sql`select hashes from audit.epoch_tile where lvl = ${level} and n = ${n}`
      : sql`select hashes from audit.tile where tenant_id = ${log.tenantId} and lvl = ${level} and n = ${n}`,
    hashesRow,
  );

const running = (tx: Statements, log: LogName, level: number, n: number): Promise<Uint8Array | null> =>
  tx.maybe(
    log.kind === "epochs"
      ? sql`select hashes from audit.epoch_partial_tile where lvl = ${level} and n = ${n}`
      : sql`select hashes from audit.partial_tile where tenant_id = ${log.tenantId} and lvl = ${level} and n = ${n}`,
    hashesRow,
  );

async function leafHashes(tx: Statements, log: LogName, from: number, count: number): Promise<Uint8Array> {
  const to = from + count;
  const rows = await tx.many(
    log.kind === "epochs"
      ? sql`select leaf_hash as hashes from audit.epoch where epoch >= ${from} and epoch < ${to} order by epoch`
      : sql`select leaf_hash as hashes from audit.leaf where tenant_id = ${log.tenantId} and idx >= ${from} and idx < ${to} order by idx`,
    hashesRow,
  );
  return concat(...rows);
}

/** A reader of complete subtrees, with every tile that `nodes` are in read before. */
async function nodesOf(tx: Statements, log: LogName, nodes: readonly TreeNode[]): Promise<(node: TreeNode) => Hash> {
  const widths = new Map<string, { readonly level: number; readonly n: number; readonly width: number }>();
  for (const node of nodes) {
    const { level, n, start, count } = tileOfNode(node);
    const key = `${level}/${n}`;
    widths.set(key, { level, n, width: Math.max(start + count, widths.get(key)?.width ?? 0) });
  }
  const tiles = new Map<string, Uint8Array>();
  for (const [key, { level, n, width }] of widths) {
    const tile = await readTile(tx, log, level, n, width);
    if (tile === null)
      throw new Fault("invariant_broken", `Tile ${key} of the ${log.kind} log is missing: its tree cannot be proven.`);
    tiles.set(key, tile);
  }
  return (node) => {
    const { level, n } = tileOfNode(node);
    const tile = tiles.get(`${level}/${n}`);
    const hash = tile === undefined ? null : nodeFromTile(sha256, tile, node);
    if (hash === null) throw new Fault("invariant_broken", `Tile ${level}/${n} of the ${log.kind} log is damaged.`);
    return hash;
  };
}

async function proof(tx: Statements, log: LogName, ranges: readonly LeafRange[]): Promise<readonly Hash[]> {
  return proofOf(sha256, ranges, await nodesOf(tx, log, ranges.flatMap(completeNodes)));
}

/** RFC 6962, 2.1.1. */
export const inclusionProof = (tx: Statements, log: LogName, index: number, size: number): Promise<readonly Hash[]> =>
  proof(tx, log, inclusionRanges(index, size));

/** RFC 6962, 2.1.2: that the tree of `size` leaves extends the one of `old`. */
export const consistencyProof = (tx: Statements, log: LogName, old: number, size: number): Promise<readonly Hash[]> =>
  proof(tx, log, consistencyRanges(old, size));

/** The root of the first `size` leaves, computed from tiles. */
export async function rootAt(tx: Statements, log: LogName, size: number): Promise<Hash> {
  const nodes = completeNodes({ from: 0, to: size });
  const read = await nodesOf(tx, log, nodes);
  return rangeHash(sha256, nodes.map(read));
}
