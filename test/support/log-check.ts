// The log in the database, recomputed from its entries by the plainest means there are: what every test of it is held against.

import { expect } from "vitest";
import { z } from "zod";
import { chainAfter, CHAIN_START, equal, hex, rootOf, TILE_WIDTH } from "#verifier";
import { sha256 } from "../../src/audit/io/sha256.ts";
import type { TestDatabase } from "./database.ts";

const bytes = z.instanceof(Uint8Array);
const leafRow = z.object({
  tenant_id: z.string(),
  idx: z.coerce.number(),
  leaf_hash: bytes,
  chain: bytes,
  entry_hash: bytes.nullable(),
});
const headRow = z.object({ tenant_id: z.string(), size: z.coerce.number(), root: bytes, chain: bytes });
const tileRow = z.object({ tenant_id: z.string(), lvl: z.number(), n: z.coerce.number(), hashes: bytes });

/** Indexes without gap, each leaf its entry's, chain, tiles and head what follows from them. Returns the size of each log. */
export async function checkLogs(t: Pick<TestDatabase, "adminSql">): Promise<ReadonlyMap<string, number>> {
  const leaves = z
    .array(leafRow)
    .parse(
      await t.adminSql(
        "select l.tenant_id, l.idx, l.leaf_hash, l.chain, e.leaf_hash as entry_hash from audit.leaf l left join audit.entry e using (tenant_id, entry_id) order by l.tenant_id, l.idx",
      ),
    );
  const tiles = z.array(tileRow).parse(await t.adminSql("select tenant_id, lvl, n, hashes from audit.tile"));
  const sizes = new Map<string, number>();
  for (const head of z.array(headRow).parse(await t.adminSql("select tenant_id, size, root, chain from audit.head"))) {
    const own = leaves.filter((leaf) => leaf.tenant_id === head.tenant_id);
    expect(
      own.map(({ idx }) => idx),
      "indexes without gap",
    ).toEqual(own.map((_, i) => i));
    let chain = CHAIN_START;
    for (const leaf of own) {
      if (leaf.entry_hash !== null) expect(equal(leaf.leaf_hash, leaf.entry_hash)).toBe(true);
      chain = chainAfter(sha256, chain, leaf.leaf_hash);
      expect(equal(chain, leaf.chain), `chain at ${leaf.idx}`).toBe(true);
    }
    const hashes = own.map((leaf) => leaf.leaf_hash);
    expect(head.size).toBe(own.length);
    expect(hex(head.root)).toBe(hex(rootOf(sha256, hashes)));
    expect(hex(head.chain)).toBe(hex(chain));
    const full = tiles.filter((tile) => tile.tenant_id === head.tenant_id);
    for (const tile of full) {
      const width = TILE_WIDTH ** tile.lvl;
      const expected = Array.from({ length: TILE_WIDTH }, (_, i) => {
        const from = (tile.n * TILE_WIDTH + i) * width;
        return hex(rootOf(sha256, hashes.slice(from, from + width)));
      }).join("");
      expect(hex(tile.hashes), `tile ${tile.lvl}/${tile.n}`).toBe(expected);
    }
    expect(full).toHaveLength([1, 2].reduce((count, level) => count + Math.floor(head.size / TILE_WIDTH ** level), 0));
    sizes.set(head.tenant_id, head.size);
  }
  return sizes;
}
