import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainAfter, CHAIN_START, equal, hex, rootOf, TILE_WIDTH, tilesOf, type Hash } from "#verifier";
import { EMPTY_TREE, grow, rootOfTree, rowWidths, treeFrom, type Tree } from "../../src/audit/tree.ts";
import { advance, EVERYTHING, parseSnapshot, wentBack, type Snapshot } from "../../src/audit/watermark.ts";
import { sha256 } from "../../src/audit/io/sha256.ts";
import { sampleLeaves } from "./broker/sample.ts";

const leaves = sampleLeaves(TILE_WIDTH * TILE_WIDTH + 700);

/** Grown in steps of these sizes, and everything that was written on the way. */
function growIn(steps: readonly number[]): {
  tree: Tree;
  full: Map<string, readonly Hash[]>;
  running: Map<number, readonly Hash[]>;
} {
  const full = new Map<string, readonly Hash[]>();
  const running = new Map<number, readonly Hash[]>();
  let tree: Tree = EMPTY_TREE;
  for (const step of steps) {
    const growth = grow(sha256, tree, leaves.slice(tree.size, tree.size + step));
    for (const { level, n, hashes } of growth.fullTiles) full.set(`${level}/${n}`, hashes);
    for (const { level, hashes } of growth.runningTiles) running.set(level, hashes);
    tree = growth.tree;
  }
  return { tree, full, running };
}

describe("A1 the tree that the sequencer carries on", () => {
  it("has the root of RFC 6962 and the chain of its leaves, in whatever steps it grew", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }), (steps) => {
        const { tree } = growIn(steps);
        const own = leaves.slice(0, tree.size);
        expect(hex(rootOfTree(sha256, tree))).toBe(hex(rootOf(sha256, own)));
        expect(hex(tree.chain)).toBe(hex(own.reduce((chain, leaf) => chainAfter(sha256, chain, leaf), CHAIN_START)));
      }),
      { numRuns: 60 },
    );
  });

  it("writes each full tile once, and goes on from what was kept as if it had never stopped", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 1, max: 600 }), (size, more) => {
        const { tree, full, running } = growIn([size]);
        const tiles = [...tilesOf(size)].filter(({ width }) => width === TILE_WIDTH);
        expect([...full.keys()].toSorted()).toEqual(tiles.map(({ level, n }) => `${level}/${n}`).toSorted());
        const last = leaves.slice(Math.floor(size / TILE_WIDTH) * TILE_WIDTH, size);
        const rows = rowWidths(size).map((_, level) => (level === 0 ? last : (running.get(level) ?? [])));
        const kept = treeFrom(sha256, { size, chain: tree.chain, rows });
        const next = leaves.slice(size, size + more);
        expect(grow(sha256, kept, next)).toEqual(grow(sha256, tree, next));
      }),
      { numRuns: 40 },
    );
  });

  it("over the border of the second level of tiles", () => {
    const { tree, full } = growIn([TILE_WIDTH * TILE_WIDTH - 1, 2, 600]);
    expect(equal(rootOfTree(sha256, tree), rootOf(sha256, leaves.slice(0, tree.size)))).toBe(true);
    expect(full.get("1/0")?.length).toBe(TILE_WIDTH);
  });
});

function snapshot(text: string): Snapshot {
  const parsed = parseSnapshot(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

describe("case 31: what has been seen", () => {
  it("is what a snapshot shows: below xmin all, above xmax nothing, between them what was not open", () => {
    expect(snapshot("10:20:12,15")).toEqual({ text: "10:20:12,15", xmin: 10n, xmax: 20n, open: ["12", "15"] });
    expect(snapshot("18446744073709551614:18446744073709551615:").xmin).toBe(18446744073709551614n);
  });

  it.each(["", "10", "10:20", "10:20:,", "a:b:", "10:20:12,", " 10:20:", "-1:2:"])("%j is no snapshot", (text) => {
    expect(parseSnapshot(text)).toBeNull();
  });

  it("moves on with each complete look", () => {
    const place = advance({ seen: snapshot("5:5:"), low: 5n }, snapshot("10:20:12"));
    expect(place).toEqual({ seen: snapshot("10:20:12"), low: 10n });
  });

  it("after a restore everything is looked at until every writer of before is done", () => {
    const first = advance(EVERYTHING, snapshot("10:20:12"));
    expect(first).toEqual({ seen: null, low: 20n });
    expect(advance(first, snapshot("12:25:12"))).toEqual(first);
    expect(advance(first, snapshot("20:30:20"))).toEqual({ seen: snapshot("20:30:20"), low: 20n });
  });

  it("transaction ids that went back are noticed", () => {
    const place = { seen: snapshot("10:20:"), low: 10n };
    expect(wentBack(place, snapshot("9:19:"))).toBe(true);
    expect(wentBack(place, snapshot("20:20:"))).toBe(false);
    expect(wentBack(EVERYTHING, snapshot("1:1:"))).toBe(false);
  });
});
