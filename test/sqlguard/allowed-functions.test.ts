import { afterAll, describe, expect, it } from "vitest";
import type { AllowedFunction } from "#sqlguard";
import { createParser, examineLogin, runSelect } from "#sqlguard/io";
import { clientServer } from "./client-server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(
  t,
  `create function shop.vat(numeric) returns numeric immutable language sql as 'select $1 * 0.19';
   create function shop.twice(int) returns int immutable language sql as 'select $1 * 2';
   create function shop.twice(text) returns text immutable language sql as 'select $1 || $1';
   create function shop.owners(int) returns int immutable security definer language sql as 'select $1';
   create function shop.pg_sleep(int) returns int immutable language sql as 'select $1';
   create function public.label(shop.orders) returns text stable language sql as $$ select $1.status || '!' $$;
   create view shop.labels as select public.label(o) as l from shop.orders o;
   create schema other; grant usage on schema other to public;
   create function other.vat(numeric) returns numeric immutable language sql as 'select 0.0';`,
);
const parser = createParser(18);
afterAll(() => parser.close());

const run = (sql: string, functions: readonly AllowedFunction[]) =>
  runSelect({ url: world.url }, sql, { parserFor: () => parser, rules: { masks: [], functions } });

/** As the refusal tells a person to write it. */
async function entry(sql: string): Promise<AllowedFunction> {
  const denied = await run(sql, []);
  const instead = denied.kind === "denied" ? (denied.refusals[0]?.instead ?? "") : "";
  const [, schema = "", name = "", sha256 = ""] = /function: (\w+)\.(\w+), sha256: ([0-9a-f]{64})/.exec(instead) ?? [];
  return { schema, name, sha256 };
}

describe("6.3 a client's own function is refused unless the client lists it, as it is now", () => {
  it("the refusal says what to write, and with it the function may be called", async () => {
    const vat = await entry("SELECT shop.vat(100)");
    expect(vat).toMatchObject({ schema: "shop", name: "vat" });
    expect(await run("SELECT shop.vat(100)", [vat])).toMatchObject({ result: { rows: [["19.00"]] } });
  });

  it("fail closed: without its schema, in another schema, or with another body it is refused", async () => {
    const vat = await entry("SELECT shop.vat(100)");
    for (const sql of ["SELECT vat(100)", "SELECT other.vat(100)", "SELECT (SELECT vat(1))"])
      expect(await run(sql, [vat]), sql).toMatchObject({ kind: "denied" });
    await t.adminSql("create or replace function shop.vat(numeric) returns numeric immutable language sql as 'select $1 * 7'");
    expect(await run("SELECT shop.vat(100)", [vat])).toMatchObject({ kind: "denied" });
    expect(await examineLogin({ url: world.url }, { masks: [], functions: [vat] })).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ what: expect.stringContaining("it was changed since") })]),
    });
  }); // prettier-ignore

  it("written as a column of a row, too, unless columns are hidden; and in a view", async () => {
    const label = await entry("SELECT public.label(o) FROM shop.orders o");
    const sql = "SELECT o.label FROM shop.orders o WHERE status = 'paid' LIMIT 1";
    expect(await run(sql, [])).toMatchObject({ kind: "denied", refusals: [{ rule: "function.user" }] });
    expect(await run(sql, [label])).toMatchObject({ result: { rows: [["paid!"]] } });
    expect(await run("SELECT l FROM shop.labels LIMIT 1", [label])).toMatchObject({ kind: "rows" });
    const rules = { masks: [{ schema: "shop", table: "orders", column: "note" }], functions: [label] };
    expect((await runSelect({ url: world.url }, sql, { parserFor: () => parser, rules })).kind).toBe("denied");
  });

  it("fail closed: every overload has to be listed, since PostgreSQL chooses among them", async () => {
    const twice = await entry("SELECT shop.twice(1)");
    expect(await run("SELECT shop.twice(1)", [twice])).toMatchObject({ kind: "denied" });
  });

  it("a list never widens what is refused for good: its owner's rights, a name of harm", async () => {
    expect(await entry("SELECT shop.owners(1)")).toMatchObject({ sha256: "" });
    const all = ["owners", "pg_sleep"].map((name) => ({ schema: "shop", name, sha256: "0".repeat(64) }));
    for (const name of ["owners", "pg_sleep"])
      expect(await run(`SELECT shop.${name}(1)`, all), name).toMatchObject({ kind: "denied" });
    expect(await run("SELECT pg_catalog.pg_sleep(1)", [{ schema: "pg_catalog", name: "pg_sleep", sha256: "" }])).toMatchObject({ kind: "denied", refusals: [{ rule: "function.effect" }] });
  }); // prettier-ignore

  it("doctor shows what hides nothing, and what only Countersign hides", async () => {
    const masks = [
      { schema: "shop", table: "customers", column: "email" },
      { schema: "shop", table: "customers", column: "emial" },
    ];
    expect(await examineLogin({ url: world.url }, { masks, functions: [] })).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ what: expect.stringContaining("shop.customers.email, and the login may read it") }),
        expect.objectContaining({
          what: expect.stringContaining("shop.customers.emial, which this database does not have"),
        }),
      ]),
    });
  });
});
