// The Merkle tree of RFC 6962, section 2.1. Sizes and indexes are safe integers, so nothing here shifts bits.

import { concat, equal } from "./bytes.ts";
import type { Sha256 } from "./sha256.ts";

/** 32 bytes. */
export type Hash = Uint8Array;
export const HASH_BYTES = 32;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The 0x00 keeps a leaf from being passed off as an inner node. */
export const leafHash = (sha256: Sha256, leaf: Uint8Array): Hash => sha256(concat(LEAF, leaf));
export const nodeHash = (sha256: Sha256, left: Hash, right: Hash): Hash => sha256(concat(NODE, left, right));
export const emptyRoot = (sha256: Sha256): Hash => sha256(new Uint8Array(0));

/** A complete subtree: the leaves `index * 2^level` up to, not including, `(index + 1) * 2^level`. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/**
 * The right edge of a tree: the hashes of the complete subtrees it falls into, largest first. Enough to append to it and
 * to know its root. There is one for each 1 bit of its size.
 */
export type Edge = readonly Hash[];

/** The complete subtrees whose hashes are the edge of a tree of `size` leaves. */
export const edgeNodes = (size: number): readonly TreeNode[] => completeNodes({ from: 0, to: size });

/** The edge after one more leaf; `size` is the number of leaves before it. */
export function append(sha256: Sha256, edge: Edge, size: number, leaf: Hash): Edge {
  const next = [...edge];
  let carried = leaf;
  for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
    const left = next.pop();
    if (left === undefined) throw new RangeError("An edge is too short for its size.");
    carried = nodeHash(sha256, left, carried);
  }
  next.push(carried);
  return next;
}

export function rootOfEdge(sha256: Sha256, edge: Edge): Hash {
  return edge.length === 0 ? emptyRoot(sha256) : edge.reduceRight((right, left) => nodeHash(sha256, left, right));
}

/** The root over leaf hashes. */
export function rootOf(sha256: Sha256, leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return emptyRoot(sha256);
  let row: readonly Hash[] = leaves;
  // A node without a sibling moves up unchanged, which is the same tree as splitting at the largest power of two.
  while (row.length > 1) {
    const above: Hash[] = [];
    for (let i = 0; i < row.length; i += 2) {
      const left = row[i];
      const right = row[i + 1];
      if (left !== undefined) above.push(right === undefined ? left : nodeHash(sha256, left, right));
    }
    row = above;
  }
  return row[0] ?? emptyRoot(sha256);
}

/** Leaves `from` up to, not including, `to`. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** The largest power of two smaller than n, for n > 1 (2.1). */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function demandSizes(smaller: number, larger: number): void {
  if (!Number.isSafeInteger(smaller) || !Number.isSafeInteger(larger) || smaller < 0 || smaller > larger)
    throw new RangeError(`There is no proof from ${smaller} within ${larger} leaves.`);
}

/** The ranges whose hashes prove leaf `index` in a tree of `size` (2.1.1), in the order of the proof. */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  demandSizes(index + 1, size);
  const ranges: LeafRange[] = [];
  let at: LeafRange = { from: 0, to: size };
  while (at.to - at.from > 1) {
    const middle = at.from + split(at.to - at.from);
    const left = { from: at.from, to: middle };
    const right = { from: middle, to: at.to };
    ranges.push(index < middle ? right : left);
    at = index < middle ? left : right;
  }
  return ranges.reverse();
}

/** The ranges whose hashes prove that a tree of `size` extends the one of `old` leaves (2.1.2), in the order of the proof. */
export function consistencyRanges(old: number, size: number): readonly LeafRange[] {
  demandSizes(old, size);
  if (old === 0 || old === size) return [];
  const ranges: LeafRange[] = [];
  let at: LeafRange = { from: 0, to: size };
  while (at.to !== old) {
    const middle = at.from + split(at.to - at.from);
    const left = { from: at.from, to: middle };
    const right = { from: middle, to: at.to };
    ranges.push(old <= middle ? right : left);
    at = old <= middle ? left : right;
  }
  // The old tree itself is known to whoever checks; a part of it is not.
  if (at.from !== 0) ranges.push(at);
  return ranges.reverse();
}

/** The complete subtrees that a range of a proof falls into, left to right. Read these, then `rangeHash`. */
export function completeNodes(range: LeafRange): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  let from = range.from;
  while (from < range.to) {
    let level = 0;
    let width = 1;
    while (from % (width * 2) === 0 && from + width * 2 <= range.to) {
      width *= 2;
      level += 1;
    }
    nodes.push({ level, index: from / width });
    from += width;
  }
  return nodes;
}

/** The hash of a range from those of its `completeNodes`. */
export const rangeHash = (sha256: Sha256, complete: readonly Hash[]): Hash => rootOfEdge(sha256, complete);

/** The proof over `ranges`, from a reader of complete subtrees. */
export function proofOf(sha256: Sha256, ranges: readonly LeafRange[], read: (node: TreeNode) => Hash): readonly Hash[] {
  return ranges.map((range) => rangeHash(sha256, completeNodes(range).map(read)));
}

export interface Inclusion {
  readonly leaf: Hash;
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}

/** RFC 9162, 2.1.3.2. Never throws: a proof that makes no sense proves nothing. */
export function verifyInclusion(sha256: Sha256, given: Inclusion): boolean {
  const { leaf, index, size, root, proof } = given;
  if (!areSizes(index, size) || index >= size || !areHashes([leaf, root, ...proof])) return false;
  let fn = index;
  let sn = size - 1;
  let found = leaf;
  for (const hash of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      found = nodeHash(sha256, hash, found);
      while (fn % 2 === 0 && fn !== 0) {
        fn = fn / 2;
        sn = Math.floor(sn / 2);
      }
    } else found = nodeHash(sha256, found, hash);
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && equal(found, root);
}

export interface Consistency {
  readonly old: { readonly size: number; readonly root: Hash };
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}

/** RFC 9162, 2.1.4.2. Every tree extends the empty one, whose root is fixed. Never throws. */
export function verifyConsistency(sha256: Sha256, given: Consistency): boolean {
  const { old, size, root, proof } = given;
  if (!areSizes(old.size, size) || old.size > size || !areHashes([old.root, root, ...proof])) return false;
  if (old.size === size) return proof.length === 0 && equal(old.root, root);
  if (old.size === 0) return proof.length === 0 && equal(old.root, emptyRoot(sha256));
  let fn = old.size - 1;
  let sn = size - 1;
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  // When the old size is a power of two, its root is itself the first hash of the path.
  const path = fn === 0 ? [old.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let before = first;
  let after = first;
  for (const hash of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      before = nodeHash(sha256, hash, before);
      after = nodeHash(sha256, hash, after);
      while (fn % 2 === 0 && fn !== 0) {
        fn = fn / 2;
        sn = Math.floor(sn / 2);
      }
    } else after = nodeHash(sha256, after, hash);
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && equal(before, old.root) && equal(after, root);
}

const areSizes = (...sizes: readonly number[]): boolean => sizes.every((n) => Number.isSafeInteger(n) && n >= 0);
const areHashes = (hashes: readonly Hash[]): boolean => hashes.every((hash) => hash.length === HASH_BYTES);
