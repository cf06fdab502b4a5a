// Through pgbouncer in transaction mode, where everybody shares one server connection: what a session says stays there for the next.

import pg from "pg";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createGroupCommit } from "#audit/io";
import { createDatabase } from "#platform/postgres";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { pooled } from "../../support/pooler.ts";
import { checkWorld } from "../../support/world.ts";

const t = await testDatabase();
// Here and not in a hook: what ends it is registered as this file is read.
const url = await pooled(t.urls.app);
const db = createDatabase({ url, claimKey: t.claimKey, maxConnections: 20 });
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});
afterAll(() => db.close());

async function session(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
const LOGS = "select distinct tenant_id from audit.entry";
const logs = async (client: pg.Client): Promise<unknown> => (await client.query(LOGS)).rows;
const logRow = z.object({ tenant_id: z.string() }).transform((row) => row.tenant_id);

describe("D6 (T2) a transaction pooler", () => {
  it("would hand one tenant's session-level claim to the next query of anybody: which is why nothing of ours sets one", async () => {
    const [one, other] = [await session(), await session()];
    await one.query("select set_config('app.claim', $1, false)", [acme.claim.text]);
    expect(await logs(other)).toEqual([{ tenant_id: acme.id }]);
    await one.query("select set_config('app.claim', '', false)");
    await Promise.all([one.end(), other.end()]);
  });

  it("shows nothing of a claim that was set for a transaction, neither during it to others nor after it to anybody", async () => {
    const [one, other] = [await session(), await session()];
    await one.query("begin");
    await one.query("select set_config('app.claim', $1, true)", [acme.claim.text]);
    expect(await logs(one)).toEqual([{ tenant_id: acme.id }]);
    await one.query("commit");
    expect(await logs(other)).toEqual([]);
    expect(await logs(one)).toEqual([]);
    await Promise.all([one.end(), other.end()]);
  });

  it("SET LOCAL without a transaction is a warning and shows no row", async () => {
    const one = await session();
    await one.query(`set local app.claim = '${acme.claim.text}'`);
    expect(await logs(one)).toEqual([]);
    await one.end();
  });

  it("is no obstacle to ours: 300 transactions of two tenants at once each see their own rows, and between them there are none", async () => {
    const seen = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        const tenant = n % 2 === 0 ? acme : globex;
        if (n % 10 === 9)
          return {
            expected: [],
            found: await db.platformStatement(sql`select distinct tenant_id from audit.entry`, logRow),
          };
        return {
          expected: [tenant.id],
          found: await db.withTenant(tenant.claim, (tx) =>
            tx.many(sql`select distinct tenant_id from audit.entry`, logRow),
          ),
        };
      }),
    );
    for (const { expected, found } of seen) expect(found).toEqual(expected);
  });

  it("entries of many tenants in one batch go through it, each into its own log", async () => {
    const append = createGroupCommit({ database: db, keys: t.keys, clock: Date.now });
    const ids = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => append((n % 2 === 0 ? acme : globex).claim, sampleEntry({ n }))),
    );
    const own = ids.filter((_, n) => n % 2 === 0);
    expect(
      await db.withTenant(acme.claim, async (tx) => (await t.audit.entriesById(tx, ids)).map(({ id }) => id)),
    ).toEqual(own);
    expect(await db.platformStatement(sql`select distinct tenant_id from audit.entry`, logRow)).toEqual([]);
    await checkWorld(t);
  });

  it("D7 a request that fails in the middle leaves no open transaction to the next", async () => {
    const failing = Array.from({ length: 20 }, () =>
      db.withTenant(acme.claim, async (tx) => {
        await tx.run(sql`select 1`);
        throw new Error("in the middle");
      }),
    );
    for (const one of await Promise.allSettled(failing)) expect(one).toMatchObject({ status: "rejected" });
    expect(await db.platformStatement(sql`select distinct tenant_id from audit.entry`, logRow)).toEqual([]);
    expect(
      await db.withTenant(globex.claim, (tx) => tx.many(sql`select distinct tenant_id from audit.entry`, logRow)),
    ).toEqual([globex.id]);
  });
});
