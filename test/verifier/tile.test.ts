import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bundle,
  concat,
  edgeNodes,
  entriesPath,
  leafHash,
  nodeFromTile,
  parseTilePath,
  rootOf,
  rootOfEdge,
  sha256,
  tileOfNode,
  tilePath,
  tilesOf,
  tileWidth,
  unbundle,
} from "#verifier";

describe("tiles (C2SP tlog-tiles)", () => {
  it.each([
    [{ level: 0, n: 0, width: 256 }, "tile/0/000"],
    [{ level: 1, n: 67, width: 256 }, "tile/1/067"],
    [{ level: 0, n: 1234067, width: 256 }, "tile/0/x001/x234/067"],
    [{ level: 3, n: 1000, width: 12 }, "tile/3/x001/000.p/12"],
  ])("%j is at %s", (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual({ kind: "tile", ...tile });
  });

  it("entries have a path of their own", () => {
    expect(entriesPath(1234067, 256)).toBe("tile/entries/x001/x234/067");
    expect(parseTilePath("tile/entries/000.p/3")).toEqual({ kind: "entries", n: 0, width: 3 });
  });

  it.each([
    "tile/6/000", "tile/-1/000", "tile/0/0", "tile/0/x000/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/007",
    "tile/0/../000", "tile/0/000/", "/tile/0/000", "tile/00/000", "tile/data/000", "tile/0/x1/000", "",
    "tile/0/x999/x999/x999/x999/x999/999",
  ])("refuses the path %j", (path) => expect(parseTilePath(path)).toBeNull()); // prettier-ignore

  it("every path it gives, it reads back, for any tile", () => {
    fc.assert(
      fc.property(fc.nat({ max: 5 }), fc.nat(), fc.integer({ min: 1, max: 256 }), (level, n, width) => {
        expect(parseTilePath(tilePath({ level, n, width }))).toEqual({ kind: "tile", level, n, width });
      }),
    );
  });

  it("a tree of 70,000 leaves has its tiles, the last of each level partial", () => {
    expect([tileWidth(0, 273, 70_000), tileWidth(0, 274, 70_000), tileWidth(1, 1, 70_000), tileWidth(2, 0, 70_000)])
      .toEqual([112, 0, 17, 1]); // prettier-ignore
    expect([...tilesOf(70_000)].length).toBe(274 + 2 + 1);
  });

  it("the root can be computed from the tiles alone, for any size", () => {
    const leaves = Array.from({ length: 700 }, (_, i) => leafHash(sha256, new TextEncoder().encode(String(i))));
    const read = (level: number, n: number, size: number): Uint8Array => {
      const span = 256 ** level;
      const hashes = Array.from({ length: tileWidth(level, n, size) }, (_, i) =>
        rootOf(sha256, leaves.slice((n * 256 + i) * span, (n * 256 + i + 1) * span)),
      );
      return concat(...hashes);
    };
    for (const size of [1, 2, 255, 256, 257, 511, 512, 513, 700]) {
      const edge = edgeNodes(size).map((node) => {
        const { level, n } = tileOfNode(node);
        const hash = nodeFromTile(sha256, read(level, n, size), node);
        if (hash === null) throw new Error(`no hash for ${JSON.stringify(node)} of ${size}`);
        return hash;
      });
      expect(rootOfEdge(sha256, edge)).toEqual(rootOf(sha256, leaves.slice(0, size)));
    }
  });

  it("a node that the tile does not reach is no hash", () => {
    expect(nodeFromTile(sha256, new Uint8Array(32), { level: 1, index: 0 })).toBeNull();
    expect(nodeFromTile(sha256, new Uint8Array(33), { level: 0, index: 1 })).toBeNull();
  });
});

describe("entry bundles", () => {
  it("give back any entries", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 256 }), (entries) => {
        expect(unbundle(bundle(entries))).toEqual(entries);
      }),
    );
  });

  it.each([
    ["half a length", Uint8Array.of(0)],
    ["an entry that is cut off", Uint8Array.of(0, 2, 7)],
    ["257 entries", new Uint8Array(2 * 257)],
  ])("%s is no bundle", (_, bytes) => expect(unbundle(bytes)).toBeNull());

  it("an entry of 65,536 bytes fits into none", () => {
    expect(() => bundle([new Uint8Array(65_536)])).toThrow(RangeError);
  });
});
