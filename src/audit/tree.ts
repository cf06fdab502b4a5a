// The tree of one log as the sequencer carries it on: the running tile of each level, nothing of what is full.

import {
  append,
  CHAIN_START,
  chainAfter,
  rootOfEdge,
  TILE_LEVELS,
  TILE_WIDTH,
  type Edge,
  type Hash,
  type Sha256,
} from "#verifier";

/** The tile of a level that is not full yet: fewer than 256 hashes, and the right edge of the tree over them. */
interface Row {
  readonly hashes: readonly Hash[];
  readonly edge: Edge;
}

export interface Tree {
  /** Leaves. */
  readonly size: number;
  /** Over every leaf hash, in order (chainAfter). */
  readonly chain: Hash;
  /** One for each level, from the leaves up. */
  readonly rows: readonly Row[];
}

const EMPTY_ROW: Row = { hashes: [], edge: [] };

export const EMPTY_TREE: Tree = {
  size: 0,
  chain: CHAIN_START,
  rows: Array.from({ length: TILE_LEVELS }, () => EMPTY_ROW),
};

/** From what is kept of it: the hashes of its running tiles, level 0 first. */
export function treeFrom(
  sha256: Sha256,
  kept: Omit<Tree, "rows"> & { readonly rows: readonly (readonly Hash[])[] },
): Tree {
  const rows = EMPTY_TREE.rows.map((_, level): Row => {
    const hashes = kept.rows[level] ?? [];
    return { hashes, edge: hashes.reduce<Edge>((edge, hash, i) => append(sha256, edge, i, hash), []) };
  });
  return { size: kept.size, chain: kept.chain, rows };
}

/** How many hashes the running tile of each level has in a tree of `size` leaves. */
export const rowWidths = (size: number): readonly number[] =>
  EMPTY_TREE.rows.map((_, level) => Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH);

export const rootOfTree = (sha256: Sha256, tree: Tree): Hash =>
  rootOfEdge(
    sha256,
    tree.rows.toReversed().flatMap((row) => row.edge),
  );

interface TileHashes {
  readonly level: number;
  readonly n: number;
  readonly hashes: readonly Hash[];
}

/** A tree that grew, and what is to be written because of it. */
export interface Growth {
  readonly tree: Tree;
  /** The chain after each new leaf, in their order; the first new leaf has index `from`. */
  readonly from: number;
  readonly chains: readonly Hash[];
  readonly fullTiles: readonly TileHashes[];
  /** Running tiles above level 0 that changed; level 0 is what the leaves themselves are. An empty one was just filled. */
  readonly runningTiles: readonly TileHashes[];
}

export function grow(sha256: Sha256, tree: Tree, leaves: readonly Hash[]): Growth {
  const rows = tree.rows.map((row) => ({ hashes: [...row.hashes], edge: row.edge, touched: false }));
  const chains: Hash[] = [];
  const fullTiles: TileHashes[] = [];
  let { size, chain } = tree;
  for (const leaf of leaves) {
    chain = chainAfter(sha256, chain, leaf);
    chains.push(chain);
    let carried = leaf;
    for (const [level, row] of rows.entries()) {
      row.edge = append(sha256, row.edge, row.hashes.length, carried);
      row.hashes.push(carried);
      row.touched = true;
      const [root] = row.edge;
      if (row.hashes.length < TILE_WIDTH || root === undefined) break;
      fullTiles.push({ level, n: Math.floor(size / TILE_WIDTH ** (level + 1)), hashes: row.hashes });
      row.hashes = [];
      row.edge = [];
      carried = root;
    }
    size += 1;
  }
  const grown = { size, chain, rows: rows.map(({ hashes, edge }): Row => ({ hashes, edge })) };
  const runningTiles = rows.flatMap(({ hashes, touched }, level) =>
    touched && level > 0 ? [{ level, n: Math.floor(size / TILE_WIDTH ** (level + 1)), hashes }] : [],
  );
  return { tree: grown, from: tree.size, chains, fullTiles, runningTiles };
}
