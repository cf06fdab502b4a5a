// Reads a log from its leaves up: leaf bytes -> leaf hash -> tile -> tile above -> root. Everything is computed, nothing believed.

import { equal } from "./bytes.ts";
import type { Examination } from "./examination.ts";
import { Hashing } from "./hashing.ts";
import { groupWidth, logFolder, type Log } from "./layout.ts";
import { append, edgeNodes, HASH_BYTES, rootOfEdge, type Edge, type Hash, type TreeNode } from "./merkle.ts";
import { entriesPath, nodeFromTile, TILE_LEVELS, TILE_WIDTH, tileOfNode, tilePath, tileWidth } from "./tile.ts"; // prettier-ignore

/** Up to 256 entries that stand together. */
export interface Group {
  readonly n: number;
  /** Of the log: the first entry that has not been read in an earlier run. */
  readonly from: number;
  /** The entries of the group: leaf bytes as they are kept, null for those that are not. */
  readonly leaves: readonly (Uint8Array | null)[];
  /** The hashes that the tree commits to, one after the other. */
  readonly hashes: Uint8Array;
  /** The hash of the bytes where there are bytes, else the tree's. */
  readonly read: readonly Hash[];
}

/** A set, or a rule: what a checkpoint says of its size is no reason to make a list that long. */
export interface Sizes {
  has(size: number): boolean;
}

export interface Walk {
  readonly log: Log;
  readonly size: number;
  /** Entries before this one were read in an earlier run: only the tree's edge there is read again. */
  readonly from: number;
  /** Sizes whose roots somebody wants to compare; all from `from` to `size`. */
  readonly roots: Sizes;
  readonly onGroup: (group: Group) => Promise<void>;
  /** A group that has neither all hashes nor all entries: nothing after it can be computed. */
  readonly onLost?: (n: number, width: number) => Promise<void>;
}

/** The root at each size asked for. What does not fit together on the way is found; null where nothing could be computed. */
export async function walk(exam: Examination, given: Walk): Promise<ReadonlyMap<number, Hash>> {
  const { log, size, from, roots } = given;
  const { sha256 } = exam.tools;
  const hashing = new Hashing(sha256);
  const computed = new Map<number, Hash>();
  const first = Math.floor(from / TILE_WIDTH);
  const above = new UpperTiles(exam, log, size, first);
  let edge = await edgeAt(exam, log, size, first);
  if (edge === null) return computed;
  const want = (at: number, whole: Edge): void => {
    if (roots.has(at)) computed.set(at, rootOfEdge(sha256, whole));
  };
  if (from % TILE_WIDTH === 0) want(from, edge);
  let next = readGroup(exam, log, first, size);
  for (let n = first; n * TILE_WIDTH < size; n++) {
    const width = groupWidth(n, size);
    const read = await next;
    // The next group is on its way while this one is computed.
    next = readGroup(exam, log, n + 1, size);
    const group = read === null ? null : settle(exam, hashing, { log, n, from, width, ...read });
    if (group === null) {
      await given.onLost?.(n, width);
      await next;
      return computed;
    }
    if (hasWanted(roots, n, width)) {
      let inner: Edge = [];
      for (let i = 0; i < width; i++) {
        inner = append(sha256, inner, i, hashAt(group.hashes, i));
        if (i + 1 < TILE_WIDTH) want(n * TILE_WIDTH + i + 1, [...edge, ...inner]);
      }
    }
    if (width === TILE_WIDTH) {
      const root = hashing.root(group.hashes);
      edge = append(sha256, edge, n, root);
      want((n + 1) * TILE_WIDTH, edge);
      await above.add(1, n, root, hashing);
    }
    await given.onGroup(group);
    if (n % 64 === 63) exam.tools.progress?.({ log: logFolder(log), done: n * TILE_WIDTH + width, of: size });
  }
  await next;
  await above.finish();
  return computed;
}

function hasWanted(roots: Sizes, n: number, width: number): boolean {
  for (let i = 1; i <= width && i < TILE_WIDTH; i++) if (roots.has(n * TILE_WIDTH + i)) return true;
  return false;
}

export const hashAt = (hashes: Uint8Array, i: number): Hash => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);

interface ReadGroup {
  readonly tile: Uint8Array | null;
  readonly leaves: readonly (Uint8Array | null)[] | null;
}

/** null past the end, and when neither hashes nor entries could be read. */
async function readGroup(exam: Examination, log: Log, n: number, size: number): Promise<ReadGroup | null> {
  const width = groupWidth(n, size);
  if (width === 0) return null;
  const name = { level: 0, n, width };
  const [tileRead, entriesRead] = await Promise.all([exam.source.tile(log, name), exam.source.entries(log, n, width)]);
  const tile = exam.take(tileRead, "node_differs", log, tilePath(name));
  if (tileRead.kind === "absent") exam.find("tile_missing", log, tilePath(name), "The tile is not there.");
  const leaves = exam.take(entriesRead, "leaf_differs", log, entriesPath(n, width));
  if (tile === null && (leaves === null || leaves.includes(null))) return null;
  return { tile, leaves };
}

function settle(
  exam: Examination,
  hashing: Hashing,
  given: ReadGroup & { readonly log: Log; readonly n: number; readonly from: number; readonly width: number },
): Group {
  const { log, n, from, width, tile } = given;
  const leaves = given.leaves ?? Array.from({ length: width }, () => null);
  const hashes = new Uint8Array(width * HASH_BYTES);
  if (tile !== null) hashes.set(tile);
  const read: Hash[] = [];
  for (let i = 0; i < width; i++) {
    const leaf = leaves[i] ?? null;
    const committed = hashAt(hashes, i);
    const index = n * TILE_WIDTH + i;
    if (leaf === null || index < from) {
      read.push(committed);
      continue;
    }
    const hash = hashing.leaf(leaf);
    read.push(hash);
    if (tile === null) hashes.set(hash, i * HASH_BYTES);
    else if (!equal(hash, committed))
      exam.find(
        "leaf_differs",
        log,
        `entry ${index}`,
        "The entry's bytes do not have the hash that the tree has for it.",
      );
  }
  return { n, from, leaves, hashes, read };
}

/** The edge of the tree over whole groups before group `first`, from the tiles above. */
async function edgeAt(exam: Examination, log: Log, size: number, first: number): Promise<Edge | null> {
  const edge: Hash[] = [];
  for (const node of edgeNodes(first * TILE_WIDTH)) {
    const hash = await readNode(exam, log, size, node);
    if (hash === null) return null;
    edge.push(hash);
  }
  return edge;
}

async function readNode(exam: Examination, log: Log, size: number, node: TreeNode): Promise<Hash | null> {
  const { level, n } = tileOfNode(node);
  const name = { level, n, width: tileWidth(level, n, size) };
  const read = await exam.source.tile(log, name);
  if (read.kind === "absent") exam.find("tile_missing", log, tilePath(name), "The tile is not there.");
  const tile = exam.take(read, "node_differs", log, tilePath(name));
  return tile === null ? null : nodeFromTile(exam.tools.sha256, tile, node);
}

/** Compares the tiles above the leaves with what the tiles below them give. */
class UpperTiles {
  readonly #exam: Examination;
  readonly #log: Log;
  readonly #size: number;
  /** By level: the hashes computed for the tile that is being filled, and where in it they begin. */
  readonly #rows: { n: number; start: number; hashes: Hash[] }[] = [];

  constructor(exam: Examination, log: Log, size: number, firstGroup: number) {
    this.#exam = exam;
    this.#log = log;
    this.#size = size;
    for (let level = 0; level < TILE_LEVELS; level++) {
      const at = level === 0 ? 0 : Math.floor(firstGroup / TILE_WIDTH ** (level - 1));
      this.#rows.push({ n: Math.floor(at / TILE_WIDTH), start: at % TILE_WIDTH, hashes: [] });
    }
  }

  /** `hash` is computed for place `index` of the level. */
  async add(level: number, index: number, hash: Hash, hashing: Hashing): Promise<void> {
    const row = this.#rows[level];
    if (row === undefined) return;
    row.hashes.push(hash.slice());
    if (index % TILE_WIDTH !== TILE_WIDTH - 1) return;
    const tile = await this.#compare(level, row);
    const n = row.n;
    row.n += 1;
    row.start = 0;
    row.hashes = [];
    // A tile whose first part was not computed in this run is taken as it is; its other part has been compared.
    if (tile !== null) await this.add(level + 1, n, hashing.root(tile), hashing);
  }

  async finish(): Promise<void> {
    for (const [level, row] of this.#rows.entries())
      if (level > 0 && row.hashes.length > 0) await this.#compare(level, row);
  }

  /** The tile with the computed hashes in place of its own. */
  async #compare(
    level: number,
    row: { n: number; start: number; hashes: readonly Hash[] },
  ): Promise<Uint8Array | null> {
    const name = { level, n: row.n, width: tileWidth(level, row.n, this.#size) };
    const read = await this.#exam.source.tile(this.#log, name);
    if (read.kind === "absent") this.#exam.find("tile_missing", this.#log, tilePath(name), "The tile is not there.");
    const tile = this.#exam.take(read, "node_differs", this.#log, tilePath(name));
    const whole = new Uint8Array(name.width * HASH_BYTES);
    if (tile !== null) whole.set(tile);
    else if (row.start > 0) return null;
    for (const [i, hash] of row.hashes.entries()) {
      const at = row.start + i;
      if (tile !== null && !equal(hashAt(tile, at), hash))
        this.#exam.find(
          "node_differs",
          this.#log,
          `${tilePath(name)}, hash ${at}`,
          `It is not the hash of the ${TILE_WIDTH ** level} entries below it.`,
        );
      whole.set(hash, at * HASH_BYTES);
    }
    return whole;
  }
}
