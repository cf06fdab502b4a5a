import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  append,
  CHAIN_START,
  chainAfter,
  consistencyRanges,
  emptyRoot,
  hex,
  inclusionRanges,
  leafHash,
  nodeHash,
  proofOf,
  rootOf,
  rootOfEdge,
  sha256,
  verifyConsistency,
  verifyInclusion,
  type Edge,
  type Hash,
  type TreeNode,
} from "#verifier";

// RFC 6962 as it is written, with no thought of speed.
function naive(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return emptyRoot(sha256);
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(sha256, naive(leaves.slice(0, k)), naive(leaves.slice(k)));
}
const leaves = Array.from({ length: 70 }, (_, i) => leafHash(sha256, Uint8Array.of(i)));
const reader = (node: TreeNode): Hash =>
  naive(leaves.slice(node.index * 2 ** node.level, (node.index + 1) * 2 ** node.level));
const inclusion = (index: number, size: number): readonly Hash[] =>
  proofOf(sha256, inclusionRanges(index, size), reader);
const consistency = (old: number, size: number): readonly Hash[] =>
  proofOf(sha256, consistencyRanges(old, size), reader);
const flip = (hash: Hash, at: number): Hash => hash.map((byte, i) => (i === at % hash.length ? byte ^ 1 : byte));

describe("A3 the Merkle tree (RFC 6962)", () => {
  it("has the roots of Certificate Transparency's reference tree", () => {
    // The eight leaves that the CT implementations test with.
    const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const hashes = inputs.map((input) => leafHash(sha256, Uint8Array.from(Buffer.from(input, "hex"))));
    expect(hex(rootOf(sha256, hashes.slice(0, 1)))).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
    expect(hex(rootOf(sha256, hashes.slice(0, 3)))).toBe(
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    );
    expect(hex(rootOf(sha256, hashes))).toBe("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  });

  it("grows by its edge to the same root as built at once", () => {
    let edge: Edge = [];
    leaves.forEach((leaf, size) => {
      expect(rootOfEdge(sha256, edge)).toEqual(naive(leaves.slice(0, size)));
      expect(rootOf(sha256, leaves.slice(0, size))).toEqual(naive(leaves.slice(0, size)));
      edge = append(sha256, edge, size, leaf);
    });
  });

  it("proves every leaf of every size, and no leaf as another", () => {
    for (let size = 1; size <= leaves.length; size++)
      for (let index = 0; index < size; index++) {
        const claim = { size, root: naive(leaves.slice(0, size)), proof: inclusion(index, size) };
        const leaf = leaves[index] ?? emptyRoot(sha256);
        expect(verifyInclusion(sha256, { ...claim, leaf, index })).toBe(true);
        if (size > 1) expect(verifyInclusion(sha256, { ...claim, leaf, index: (index + 1) % size })).toBe(false);
      }
  });

  it("proves every size to extend every smaller one", () => {
    for (let size = 0; size <= leaves.length; size++)
      for (let old = 0; old <= size; old++) {
        const before = { size: old, root: naive(leaves.slice(0, old)) };
        const claim = { old: before, size, root: naive(leaves.slice(0, size)), proof: consistency(old, size) };
        expect(verifyConsistency(sha256, claim)).toBe(true);
        expect(verifyConsistency(sha256, { ...claim, old: { ...before, root: flip(before.root, old) } })).toBe(false);
      }
  });

  it("fails closed: a proof with any bit changed, a hash missing or one too many proves nothing", () => {
    const size = fc.integer({ min: 2, max: leaves.length });
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), fc.nat(), (n, a, b, c) => {
        const index = a % n;
        const old = 1 + (a % (n - 1));
        const leaf = leaves[index] ?? emptyRoot(sha256);
        const root = naive(leaves.slice(0, n));
        const before = { size: old, root: naive(leaves.slice(0, old)) };
        const path = inclusion(index, n);
        const link = consistency(old, n);
        const bad = (proof: readonly Hash[]): readonly (readonly Hash[])[] => [
          proof.map((hash, i) => (i === b % proof.length ? flip(hash, c) : hash)),
          proof.slice(0, -1),
          [...proof, leaf],
        ];
        for (const proof of bad(path))
          expect(verifyInclusion(sha256, { leaf, index, size: n, root, proof })).toBe(false);
        for (const proof of bad(link))
          expect(verifyConsistency(sha256, { old: before, size: n, root, proof })).toBe(false);
      }),
    );
  });

  it.each([
    ["an index outside of the tree", { index: 5, size: 5 }],
    ["a negative index", { index: -1, size: 5 }],
    ["a fraction", { index: 0.5, size: 5 }],
    ["a size over what a number holds", { index: 0, size: 2 ** 60 }],
  ])("%s proves nothing and throws nothing", (_, { index, size }) => {
    const leaf = emptyRoot(sha256);
    expect(verifyInclusion(sha256, { leaf, index, size, root: leaf, proof: [] })).toBe(false);
  });

  it("asking for a proof that cannot be is an error", () => {
    expect(() => inclusionRanges(3, 3)).toThrow(RangeError);
    expect(() => consistencyRanges(4, 3)).toThrow(RangeError);
  });
});

describe("the chain", () => {
  it("commits to every entry and to their order", () => {
    const [a = CHAIN_START, b = CHAIN_START] = leaves;
    const ab = [a, b].reduce((chain, leaf) => chainAfter(sha256, chain, leaf), CHAIN_START);
    const ba = [b, a].reduce((chain, leaf) => chainAfter(sha256, chain, leaf), CHAIN_START);
    expect(ab).not.toEqual(ba);
  });
});
