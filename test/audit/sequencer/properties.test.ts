// Any order of appends, commits, rollbacks, batches, restarts and rivals ends in the same: every entry once, none missing.

import fc from "fast-check";
import type pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { consistencyProof, inclusionProof, rootAt, type OpenSequencer } from "#audit/io";
import { logOf } from "#audit";
import { leafHash, rootOf, tilesOf, verifyConsistency, verifyInclusion } from "#verifier";
import { readLeaves, readTile } from "#audit/io";
import { sha256 } from "../../../src/audit/io/sha256.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { checkLogs } from "../../support/log-check.ts";
import { drain, sequencing } from "../../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
let tenants: readonly TestTenant[] = [];
let writers: readonly pg.Client[] = [];
beforeAll(async () => {
  tenants = [await t.tenant("acme", 1), await t.tenant("globex", 2)];
  writers = [await t.appClient(), await t.appClient(), await t.appClient()];
});

const INSERT = `insert into audit.entry (tenant_id, entry_id, leaf) select $1::uuid, id, convert_to(format('{"id":"%s","log":"%s","ts":"%s"}', id, $1::text,
  to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'UTF8') from (select platform.uuidv7() as id from generate_series(1, $2::int)) made`;

type Step =
  | { readonly kind: "append"; readonly writer: number; readonly tenant: number; readonly count: number }
  | { readonly kind: "commit" | "rollback"; readonly writer: number }
  | { readonly kind: "batch" | "restart" | "rival" };

const index = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      writer: index(3),
      tenant: index(2),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("commit" as const, "rollback" as const), writer: index(3) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("batch" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("restart" as const, "rival" as const) }) },
);

async function play(steps: readonly Step[]): Promise<void> {
  const open = writers.map(() => false);
  let sequencer: OpenSequencer = await log.open({ batch: 25 });
  for (const each of steps) {
    switch (each.kind) {
      case "append": {
        const [writer, tenant] = [writers[each.writer], tenants[each.tenant]];
        if (writer === undefined || tenant === undefined) throw new Error("no such writer");
        if (open[each.writer] !== true) await writer.query("begin");
        open[each.writer] = true;
        await writer.query("select set_config('app.claim', $1, true)", [tenant.claim.text]);
        await writer.query(INSERT, [tenant.id, each.count]);
        break;
      }
      case "commit":
      case "rollback":
        await writers[each.writer]?.query(each.kind);
        open[each.writer] = false;
        break;
      case "batch":
        await sequencer.batch();
        break;
      case "restart":
        sequencer = await log.open({ batch: 25 });
        break;
      case "rival": {
        const before = sequencer;
        sequencer = await log.open({ batch: 25 });
        await before.batch().catch(() => {});
        break;
      }
    }
  }
  for (const writer of writers) await writer.query("commit");
  await drain(sequencer);
}

describe("A1 any order of what happens", () => {
  it("cases 29, 30, 31, 32: gives every committed entry one place, and no other", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        await play(steps);
        const [counts] = await t.adminSql(
          "select (select count(*)::int from audit.entry) as entries, (select count(*)::int from audit.leaf) as leaves",
        );
        expect(counts?.["leaves"]).toBe(counts?.["entries"]);
      }),
      { numRuns: 25 },
    );
    await checkLogs(t);
  });

  it("proofs and tiles out of the database, for every size: by the tenant itself and by the verifier", async () => {
    const [acme] = tenants;
    if (acme === undefined) throw new Error("no tenant");
    await t.adminSql(INSERT, [acme.id, 700]);
    await log.open();
    await log.sequence();
    const own = logOf(acme.id);
    const leaves = (await t.role("verifier").transaction((tx) => readLeaves(tx, own, 0, 100_000))).map((leaf) =>
      leafHash(sha256, leaf),
    );
    const size = leaves.length;
    expect(size).toBeGreaterThan(700);
    const root = rootOf(sha256, leaves);
    await t.db.withTenant(acme.claim, async (tx) => {
      for (const at of [0, 1, 255, 256, 257, 511, 512, size - 2, size - 1]) {
        const proof = await inclusionProof(tx, own, at, size);
        expect(verifyInclusion(sha256, { leaf: leaves[at] ?? root, index: at, size, root, proof })).toBe(true);
      }
      for (const old of [1, 2, 255, 256, 257, 300, 511, 512, 513, size - 1, size]) {
        const before = { size: old, root: await rootAt(tx, own, old) };
        expect(before.root).toEqual(rootOf(sha256, leaves.slice(0, old)));
        expect(
          verifyConsistency(sha256, { old: before, size, root, proof: await consistencyProof(tx, own, old, size) }),
        ).toBe(true);
      }
      for (const tile of tilesOf(size)) {
        const hashes = await readTile(tx, own, tile.level, tile.n, tile.width);
        expect(hashes?.length).toBe(tile.width * 32);
        expect(await readTile(tx, own, tile.level, tile.n, 1)).toEqual(hashes?.subarray(0, 32));
      }
      expect(await readTile(tx, own, 0, Math.floor(size / 256) + 1, 1)).toBeNull();
      expect(await readTile(tx, own, 3, 0, 1)).toBeNull();
    });
  });

  it("T2 another tenant gets no tile and no leaf of it", async () => {
    const [acme, globex] = tenants;
    if (acme === undefined || globex === undefined) throw new Error("no tenant");
    await t.db.withTenant(globex.claim, async (tx) => {
      expect(await readTile(tx, logOf(acme.id), 0, 0, 1)).toBeNull();
      expect(await readLeaves(tx, logOf(acme.id), 0, 10)).toEqual([]);
    });
  });
});
