// Tiles: 256 hashes wide and eight levels high, named as C2SP tlog-tiles says (c2sp.org/tlog-tiles).

import { HASH_BYTES, rootOfEdge, type Hash, type TreeNode } from "./merkle.ts";
import type { Sha256 } from "./sha256.ts";

export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;
/** 0 to 5 (tlog-tiles: level is below 6): 256^6 leaves are more than a safe integer's worth of entries. */
export const TILE_LEVELS = 6;

/** `width` hashes, from 1 to 256; below 256 it is a partial tile of the tree's right edge. */
export interface Tile {
  readonly level: number;
  readonly n: number;
  readonly width: number;
}

/** How many hashes the tile has in a tree of `size` leaves; 0 when the tree does not reach it. */
export function tileWidth(level: number, n: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - n * TILE_WIDTH));
}

/** Every tile of a tree of `size` leaves, level by level. */
export function* tilesOf(size: number): Generator<Tile> {
  for (let level = 0; level < TILE_LEVELS; level++)
    for (let n = 0; tileWidth(level, n, size) > 0; n++) yield { level, n, width: tileWidth(level, n, size) };
}

/** The tile that holds what a complete subtree is computed from: `count` hashes, a power of two, from `start` on. */
export function tileOfNode(node: TreeNode): {
  readonly level: number;
  readonly n: number;
  readonly start: number;
  readonly count: number;
} {
  const level = Math.floor(node.level / TILE_HEIGHT);
  const count = 2 ** (node.level % TILE_HEIGHT);
  const first = node.index * count;
  return { level, n: Math.floor(first / TILE_WIDTH), start: first % TILE_WIDTH, count };
}

/** The hash of a complete subtree from its tile's bytes; null when the tile does not reach that far. */
export function nodeFromTile(sha256: Sha256, tile: Uint8Array, node: TreeNode): Hash | null {
  const { start, count } = tileOfNode(node);
  const hashes = hashesOf(tile.subarray(start * HASH_BYTES, (start + count) * HASH_BYTES));
  if (hashes === null || hashes.length !== count) return null;
  let row: readonly Hash[] = hashes;
  while (row.length > 1) {
    const above: Hash[] = [];
    for (let i = 0; i < row.length; i += 2) above.push(rootOfEdge(sha256, row.slice(i, i + 2)));
    row = above;
  }
  return row[0] ?? null;
}

/** The hashes of a tile's bytes; null when they are no whole number of hashes. */
export function hashesOf(tile: Uint8Array): readonly Hash[] | null {
  if (tile.length % HASH_BYTES !== 0) return null;
  const hashes: Hash[] = [];
  for (let at = 0; at < tile.length; at += HASH_BYTES) hashes.push(tile.subarray(at, at + HASH_BYTES));
  return hashes;
}

/** `tile/<L>/<N>[.p/<W>]` */
export const tilePath = (tile: Tile): string => `tile/${tile.level}/${numberPath(tile.n)}${partial(tile.width)}`;
/** `tile/entries/<N>[.p/<W>]` */
export const entriesPath = (n: number, width: number): string => `tile/entries/${numberPath(n)}${partial(width)}`;

const partial = (width: number): string => (width === TILE_WIDTH ? "" : `.p/${width}`);

/** Groups of three digits, all but the last with an x: 1234067 is x001/x234/067. */
function numberPath(n: number): string {
  const digits = String(n);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) ?? [];
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
}

const PATH = /^tile\/(entries|[0-5])\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

export type TilePath =
  | ({ readonly kind: "tile" } & Tile)
  | { readonly kind: "entries"; readonly n: number; readonly width: number };

/** Strict: only the one spelling that `tilePath` and `entriesPath` give; null for anything else. */
export function parseTilePath(path: string): TilePath | null {
  const match = PATH.exec(path);
  if (match === null) return null;
  const [, level = "", number = "", some] = match;
  const n = Number(number.replace(/[x/]/g, ""));
  const width = some === undefined ? TILE_WIDTH : Number(some);
  if (!Number.isSafeInteger(n) || width > TILE_WIDTH) return null;
  const found: TilePath =
    level === "entries" ? { kind: "entries", n, width } : { kind: "tile", level: Number(level), n, width };
  const spelled = found.kind === "entries" ? entriesPath(n, width) : tilePath(found);
  return spelled === path ? found : null;
}

/** An entry bundle: each entry with its length before it, in two bytes, big-endian. */
export function bundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > 0xffff) throw new RangeError("An entry of a bundle has at most 65,535 bytes.");
    view.setUint16(at, entry.length);
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/** The entries of a bundle; null when it does not end where its last entry does, or has more than a tile's. */
export function unbundle(bytes: Uint8Array): readonly Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length || entries.length === TILE_WIDTH) return null;
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) return null;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}
