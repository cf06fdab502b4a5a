import { beforeAll, describe, expect, it } from "vitest";
import { createGroupCommit } from "#audit/io";
import { entryId, Fault, type EntryId } from "#kernel";
import type { Database } from "#platform/postgres";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const tenants: TestTenant[] = [];
beforeAll(async () => {
  for (const [n, prefix] of ["acme", "globex", "initech"].entries()) tenants.push(await t.tenant(prefix, n + 1));
});
const at = (n: number): TestTenant => tenants[n % tenants.length] ?? expect.unreachable();

/** Counts statements of batches; while `away` they end as with a lost connection. */
function counted() {
  const counter = { statements: 0, away: false };
  const database: Database = {
    ...t.db,
    platformStatement: async (...given) => {
      counter.statements += 1;
      if (counter.away) throw new Fault("database_unavailable", "cut off");
      return t.db.platformStatement(...given);
    },
  };
  return { counter, database };
}
const logOn = (database: Database) => createGroupCommit({ database, keys: t.keys, clock: Date.now });
const given = (text: string): EntryId => entryId(text) ?? expect.unreachable();
const bodiesOf = (tenant: TestTenant, ids: readonly EntryId[]): Promise<readonly unknown[]> =>
  t.db.withTenant(tenant.claim, async (tx) => (await t.audit.entriesById(tx, ids)).map(({ body }) => body));

describe("A1 entries of many callers and tenants share transactions", () => {
  it("each is durable in its own tenant's log, under its own tenant's key, when it is acknowledged", async () => {
    const { counter, database } = counted();
    const append = logOn(database);
    const ids = await Promise.all(
      Array.from({ length: 300 }, async (_, n) => append(at(n).claim, sampleEntry({ n }, { kind: "audit.read" }))),
    );
    expect(new Set(ids).size).toBe(300);
    expect(counter.statements).toBeLessThan(30);
    for (const [n, tenant] of tenants.entries()) {
      const own = ids.filter((_, i) => i % tenants.length === n);
      expect(await bodiesOf(tenant, own)).toEqual(
        own.map((_, i) => expect.objectContaining({ payload: { n: i * tenants.length + n } })),
      );
    }
    await checkWorld(t);
  });

  it("case 16: the same id twice is one entry for both callers, also in one batch", async () => {
    const append = logOn(t.db);
    const id = given("01ff0000-0000-7000-8000-0000000000a1");
    expect(await Promise.all([1, 2, 3].map(() => append(at(0).claim, sampleEntry("same", { id }))))).toEqual([
      id,
      id,
      id,
    ]);
    expect(await t.adminSql("select from audit.body where entry_id = $1", [id])).toHaveLength(1);
  });

  it("case 16: the same id with other content is refused for one caller, and for nobody else", async () => {
    const append = logOn(t.db);
    const id = given("01ff0000-0000-7000-8000-0000000000a2");
    const answers = await Promise.allSettled([
      append(at(0).claim, sampleEntry("one", { id })),
      append(at(0).claim, sampleEntry("other", { id })),
      append(at(1).claim, sampleEntry("another tenant's", { id })),
      append(at(0).claim, sampleEntry("beside it")),
    ]);
    expect(answers.slice(2).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    const [one, other] = answers;
    const first = one?.status === "fulfilled" ? "one" : "other";
    expect(first === "one" ? other : one).toMatchObject({ reason: { code: "invariant_broken" } });
    expect(await bodiesOf(at(0), [id])).toMatchObject([{ payload: first }]);
  });

  it("a claim that is not accepted any more takes nobody with it", async () => {
    const append = logOn(t.db);
    const gone = await t.tenant("hooli", 9);
    await append(gone.claim, sampleEntry("warm"));
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [gone.id]);
    const answers = await Promise.allSettled([
      append(at(0).claim, sampleEntry("stays")),
      append(gone.claim, sampleEntry("goes")),
      append(at(1).claim, sampleEntry("stays too")),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(answers[1]).toMatchObject({ reason: { code: "tenant_inactive" } });
  });

  it("fail closed: a lost database rejects every caller of the batch, and the next batch goes out", async () => {
    const { counter, database } = counted();
    const append = logOn(database);
    await append(at(0).claim, sampleEntry("before"));
    counter.away = true;
    const first = await Promise.allSettled([1, 2, 3].map(async () => append(at(0).claim, sampleEntry("lost"))));
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    counter.away = false;
    await expect(append(at(0).claim, sampleEntry("kept"))).resolves.toBeTypeOf("string");
  });

  it("T2 a batch cannot write into a log whose claim it does not hold", async () => {
    const app = await t.appClient();
    const call = `select audit.append_batch($1::uuid[], $2::text[], '{1,2}', '{1,1}', $3::uuid[], $4::bytea[], '{audit.read}', '{success}', '{""}', '{}', '{}', '{}', '{}', '{}')`;
    const id = "01ff0000-0000-7000-8000-0000000000a3";
    await expect(app.query(call, [[at(1).id], [at(0).claim.text], [id], [Buffer.from("{}")]])).rejects.toMatchObject({
      code: "42501",
    });
  });
});
