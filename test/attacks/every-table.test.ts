// The rules of tenancy, tried on every table there is. Each of two tenants has a row in each of them, so that "none was seen" means
// something; the tables are the catalog's, so that one which is made tomorrow is tried tomorrow.

import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type pg from "pg";
import { attack } from "../support/attack.ts";
import { WITHOUT_TENANT } from "#tenants";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { furnish, pastTriggers, tenantTables, worldOf, type TenantWorld } from "../support/tenant-world.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
let app: pg.Client;
let tables: readonly string[];
/** Those of which the app may read the tenant's column at all, and with which rights of writing. */
let readable: readonly string[];
let before: TenantWorld;

const may = async (right: string): Promise<readonly string[]> =>
  (
    await t.adminSql(
      `select name from unnest($1::text[]) as name where has_any_column_privilege('countersign_app', name, '${right}') order by 1`,
      [tables],
    )
  ).map(({ name }) => String(name));

beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  await furnish(t, acme, 1);
  await furnish(t, globex, 2);
  await t.adminSql("analyze");
  app = await t.appClient();
  tables = await tenantTables(t);
  readable = await may("select");
  before = await worldOf(t, globex);
});

/** Of every table in turn, so that a failure names its table. */
async function ofEach(
  names: readonly string[],
  claim: string,
  statement: (table: string) => string | readonly [string, readonly unknown[]],
): Promise<Readonly<Record<string, string | number>>> {
  const said: Record<string, string | number> = {};
  for (const name of names) {
    const answer = await attack(app, claim, statement(name));
    said[name] = "refused" in answer ? answer.refused : answer.count;
  }
  return said;
}
const all = <T>(names: readonly string[], value: T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.map((name) => [name, value]));

describe("every table with tenants' rows", () => {
  it("has a row of each of the two, or all below would prove nothing", async () => {
    expect(readable.length).toBeGreaterThan(25);
    for (const { id } of [acme, globex])
      for (const table of tables)
        expect(await t.adminSql(`select from ${table} where tenant_id = $1 limit 1`, [id]), table).toHaveLength(1);
    const own = await ofEach(readable, acme.claim.text, (table) => `select tenant_id from ${table}`);
    expect(Object.entries(own).filter(([, seen]) => typeof seen !== "number" || seen === 0)).toEqual([]);
  });

  it("D1 T2 shows no row of the other tenant under a right claim", async () => {
    const foreign = await ofEach(readable, acme.claim.text, (table) => [
      `select tenant_id from ${table} where tenant_id <> $1::uuid or tenant_id is null`,
      [acme.id],
    ]);
    expect(foreign).toEqual(all(readable, 0));
  });

  it.each<[string, () => string]>([
    ["no claim", () => ""],
    ["garbage", () => "not-a-uuid-SECRET"],
    ["SQL text", () => "' or true --"],
    ["an unknown uuid", () => signed("01ff0000-0000-7000-8000-000000000000", 1)],
    ["D4 an old epoch", () => signed(acme.id, 0)],
    ["D4 one that expired", () => signed(acme.id, 1, -1)],
    ["D4 a forged one", () => `${acme.claim.text.slice(0, -4)}0000`],
  ])("D1 T2 shows no row and raises no error under %s", async (_, claim) => {
    expect(await ofEach(readable, claim(), (table) => `select tenant_id from ${table}`)).toEqual(all(readable, 0));
  });

  it("is closed to the app altogether where it is not readable", async () => {
    const closed = tables.filter((table) => !readable.includes(table));
    expect(await ofEach(closed, acme.claim.text, (table) => `select from ${table}`)).toEqual(all(closed, "42501"));
  });

  it("D8 T2 shows its owner no row without a claim: row-level security is forced", async () => {
    const forced = await t.adminSql(
      "select c.oid::regclass::text as name from pg_class c where c.oid::regclass::text = any ($1::text[]) and c.relforcerowsecurity",
      [tables],
    );
    // Registries (installations, hashes of API keys, ...) are guarded by no policy: nobody but their owner may read them, and each is reviewed.
    const guarded = new Set(forced.map(({ name }) => name));
    expect(tables.filter((table) => !guarded.has(table) && !(table in WITHOUT_TENANT))).toEqual([]);
    const client = await t.adminClient();
    await client.query("begin; set local role countersign_owner");
    for (const { name } of forced)
      expect((await client.query(`select from ${String(name)}`)).rowCount, String(name)).toBe(0);
    await client.query("rollback");
  });

  it("D10 T2 no row moves to the other tenant", async () => {
    const moved = await ofEach(tables, acme.claim.text, (table) => [
      `update ${table} set tenant_id = $1::uuid`,
      [globex.id],
    ]);
    expect(moved).toEqual(all(tables, "42501"));
  });

  it("D10 T2 no row is written for the other tenant, whatever the app may insert", async () => {
    const open = await may("insert");
    expect(open.length).toBeGreaterThan(10);
    for (const table of open)
      expect(await attack(app, acme.claim.text, await insertOf(table, acme, globex)), table).toMatchObject({
        refused: "42501",
      });
  });

  it("D10 T2 no row of the other tenant is changed or deleted", async () => {
    const gone = await ofEach(tables, acme.claim.text, (table) => [
      `delete from ${table} where tenant_id = $1::uuid`,
      [globex.id],
    ]);
    expect(Object.entries(gone).filter(([, said]) => said !== "42501" && said !== 0)).toEqual([]);
  });

  it("D15 T2 neither TRUNCATE nor row_security = off is for the app", async () => {
    expect(await ofEach(tables, acme.claim.text, (table) => `truncate ${table}`)).toEqual(all(tables, "42501"));
    for (const table of readable)
      expect(
        await attack(app, acme.claim.text, "set local row_security = off", `select tenant_id from ${table}`),
        table,
      ).toMatchObject({ refused: "42501" });
  });

  it("D20 T2 its statistics show the app no value of anybody's row", async () => {
    const shown = await attack(
      app,
      acme.claim.text,
      `select schemaname || '.' || tablename as name from pg_stats
         where schemaname || '.' || tablename in (${tables.map((name) => `'${name}'`).join(", ")})`,
    );
    expect(shown).toMatchObject({ count: 0 });
  });

  it("D20 T2 nothing of the program asks for a plan of a statement on these tables: EXPLAIN would tell how many rows the others have", () => {
    const source = join(import.meta.dirname, "../../src");
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
      // The guard explains queries on a client's own database, with the client's own login.
      (file) => file.endsWith(".ts") && !file.startsWith("sqlguard/"),
    );
    expect(files.length).toBeGreaterThan(300);
    const explaining = /(?:sql`|query\(\s*["'`])\s*explain\b/i;
    expect(explaining.test("await client.query(`explain select 1`)")).toBe(true);
    expect(files.filter((file) => explaining.test(readFileSync(join(source, file), "utf8")))).toEqual([]);
  });

  it("and after all of that the other tenant's world is what it was, to the byte", async () => {
    expect(await worldOf(t, globex)).toEqual(before);
  });

  it("D13 T2 whether the other tenant has a row of the same keys makes no difference to any answer", async () => {
    const open = await may("insert");
    const tries = new Map<string, readonly [string, readonly unknown[]]>();
    for (const table of open) tries.set(table, await insertOf(table, globex, acme));
    // The division ends each try that got so far: nothing is kept.
    const answers = async () => {
      const said = [];
      for (const [table, insert] of tries)
        said.push([table, await attack(app, acme.claim.text, insert, "select 1 / 0")] as const);
      return said;
    };
    const there = await answers();
    for (const table of open)
      await pastTriggers(t, table, async () => {
        await t.adminSql(`delete from ${table} where tenant_id = $1`, [globex.id]);
      });
    expect(await answers()).toEqual(there);
  });
});

function signed(tenant: string, epoch: number, seconds = 600): string {
  const message = `v2.${tenant}.${epoch}.${Math.floor(Date.now() / 1000) + seconds}`;
  return `${message}.${createHmac("sha256", t.claimKey).update(message).digest("hex")}`;
}

/** One row of `from`, as the app could insert it for `to`, in the columns that are open to it. */
async function insertOf(
  table: string,
  from: TestTenant,
  to: TestTenant,
): Promise<readonly [string, readonly unknown[]]> {
  const [row] = await t.adminSql(
    `select to_jsonb(x) || jsonb_build_object('tenant_id', $2::text) as row,
       (select string_agg(quote_ident(attname), ', ') from pg_attribute where attrelid = $3::regclass and attnum > 0 and not attisdropped
          and attgenerated = '' and attidentity <> 'a' and has_column_privilege('countersign_app', attrelid, attname, 'insert')) as columns
     from ${table} x where tenant_id = $1 limit 1`,
    [from.id, to.id, table],
  );
  const columns = String(row?.["columns"]);
  return [
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_record(null::${table}, $1::jsonb)`,
    [JSON.stringify(row?.["row"])],
  ];
}
