import { createHmac } from "node:crypto";
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

  it("case 16: the same id twice is one entry for both callers, also at the same moment", async () => {
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

  it("no tenant waits for another's flood: one entry among hundreds goes out with the first of them", async () => {
    const append = logOn(t.db);
    await Promise.all(tenants.map(async ({ claim }) => append(claim, sampleEntry("warm"))));
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const flood = Array.from({ length: 900 }, (_, n) => append(at(0).claim, sampleEntry({ n })).then(note("flood")));
    const one = append(at(1).claim, sampleEntry("one")).then(note("one"));
    await Promise.all([...flood, one]);
    expect(order.indexOf("one")).toBeLessThan(850);
  });

  it("an entry with two parts has both, each under its own key, whatever the sizes of its neighbours", async () => {
    const append = logOn(t.db);
    const personal = (n: number) => ({ subject: `human:${n}`, data: { mail: "m".repeat(n) } });
    const ids = await Promise.all(
      [0, 1, 700, 3].map(async (n) =>
        append(at(n).claim, sampleEntry("b".repeat(n), n === 0 ? {} : { personal: personal(n) })),
      ),
    );
    const found = await Promise.all(
      [0, 1, 700, 3].map(async (n, i) =>
        t.db.withTenant(at(n).claim, (tx) => t.audit.entryById(tx, ids[i] ?? expect.unreachable())),
      ),
    );
    expect(found.map((entry) => entry?.op)).toMatchObject(
      [0, 1, 700, 3].map((n) => ({ kind: "open", value: { payload: "b".repeat(n) } })),
    );
    expect(found.map((entry) => entry?.personal?.kind ?? null)).toEqual([null, "open", "open", "open"]);
  });
});

describe("T2 a batch writes into the logs whose claims it carries, and into no other", () => {
  const ID = "01ff0000-0000-7000-8000-0000000000a3";
  const call = (tenant: TestTenant, claims: string): [string, unknown[]] => {
    const leaf = { id: ID, log: tenant.id, ts: new Date().toISOString() };
    return [
      `select audit.append_batch($1, array[$2::uuid], array['${ID}'::uuid], '{audit.read}', '{success}', '{"{}"}',
        '{1}', array[octet_length($3::bytea)], $3::bytea, '{}', '{}', '{}', '{}', '{}', '')`,
      [claims, tenant.id, Buffer.from(JSON.stringify(leaf))],
    ];
  };
  const unsigned = (tenant: TestTenant): string => tenant.claim.text.slice(0, -65);
  const signed = (message: string): string =>
    `${message} ${createHmac("sha256", t.claimKey).update(message).digest("hex")}`;
  const batch = (...of: readonly number[]): string => t.db.batchClaim(of.map((n) => at(n).claim));
  const cases: readonly (readonly [string, () => string])[] = [
    ["no claim", () => ""],
    ["a batch of another tenant", () => batch(0)],
    ["a batch of two other tenants", () => batch(0, 2)],
    ["a batch with another signature", () => `${batch(1).slice(0, -64)}${"0".repeat(64)}`],
    ["a batch whose signature has no hexadecimal digits", () => `${batch(1).slice(0, -64)}${"\u{1f600}".repeat(64)}`],
    ["another tenant's batch with this tenant's name in it", () => batch(0).replace(at(0).id, at(1).id)],
    ["another tenant's batch with this tenant added", () => batch(0).replace("batch ", `batch ${unsigned(at(1))} `)],
    ["a batch in capitals", () => batch(1).toUpperCase()],
    ["this tenant's own claim, which is signed by the same key and is no batch", () => at(1).claim.text],
    ["this tenant's own claim, called a batch", () => `batch ${at(1).claim.text}`],
    ["a batch whose claim is over", () => signed(`batch ${unsigned(at(1)).replace(/\d+$/, "1")}`)],
    ["a batch with the claim of another epoch", () => signed(`batch ${unsigned(at(1)).replace(/\.\d+\./, ".99.")}`)],
    ["words that are no claims", () => `batch v2.${at(1).id} ' or true -- v2.x.y.z.w`],
  ];
  it.each(cases)("refused: %s", async (_, claims) => {
    const app = await t.appClient();
    await expect(app.query(...call(at(1), claims()))).rejects.toMatchObject({ code: "42501" });
  });

  it("refused: the claim of a tenant that was suspended since", async () => {
    const app = await t.appClient();
    const gone = await t.tenant("umbrella", 19);
    await t.adminSql("update platform.tenant set state = 'suspended' where id = $1", [gone.id]);
    await expect(app.query(...call(gone, t.db.batchClaim([gone.claim])))).rejects.toMatchObject({ code: "42501" });
  });

  it("accepted: its own among others, in whatever order; afterwards the connection holds no claim", async () => {
    const app = await t.appClient();
    await app.query("begin");
    await app.query(...call(at(1), batch(0, 1)));
    const { rows } = await app.query(
      "select app.tids() as left, app.tid() as one, (select count(*)::int from audit.entry) as seen",
    );
    expect(rows).toEqual([{ left: [], one: null, seen: 0 }]);
    await app.query("rollback");
  });

  it("the claims of a batch show no row: reading is one tenant's", async () => {
    const app = await t.appClient();
    await app.query("begin");
    await app.query("select set_config('app.claims', $1, true)", [batch(0, 1, 2)]);
    const { rows } = await app.query(
      "select cardinality(app.tids()) as claimed, (select count(*)::int from audit.entry) as entries, (select count(*)::int from audit.body) as bodies",
    );
    expect(rows).toEqual([{ claimed: 3, entries: 0, bodies: 0 }]);
    await app.query("rollback");
  });
});
