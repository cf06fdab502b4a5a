import { describe, expect, it } from "vitest";
import { z } from "zod";
import { MAJORS } from "#sqlguard";
import { deriveFunctions, deriveOperators, deriveTypes } from "../../scripts/sqlguard/lists.ts";
import { forbidden, HARMLESS_VOLATILE } from "../../src/sqlguard/postgres/exceptions.ts";
import { functionsOf } from "../../src/sqlguard/postgres/functions.ts";
import { OPERATORS, TYPES } from "../../src/sqlguard/postgres/types-and-operators.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const names = z.array(z.object({ name: z.string() }));
const ask = async (sql: string): Promise<readonly string[]> =>
  names.parse(await t.adminSql(sql)).map(({ name }) => name);

describe("G5: the reviewed lists are what the catalog of a real PostgreSQL 18 says", () => {
  it("functions: harmless by their facts or by a reviewed exception, and nothing else", async () => {
    expect([...functionsOf(18)].toSorted()).toEqual([...(await deriveFunctions(await t.adminClient()))].toSorted());
  });

  it("types and operators", async () => {
    const client = await t.adminClient();
    expect([...TYPES].toSorted()).toEqual(await deriveTypes(client));
    expect([...OPERATORS].toSorted()).toEqual(await deriveOperators(client));
  });

  it("a type's name is never that of a function which is not listed: as a call it is a cast", async () => {
    const functions = await ask(
      "select distinct proname::text as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace",
    );
    expect(functions.filter((name) => TYPES.has(name) && !functionsOf(18).has(name))).toEqual([]);
  });

  it("every operator, cast and type is worked by functions that keep nothing", async () => {
    expect(
      await ask(
        "select oprcode::text as name from pg_operator join pg_proc p on p.oid = oprcode where p.provolatile = 'v'",
      ),
    ).toEqual([]);
    expect(
      await ask(
        "select castfunc::regproc::text as name from pg_cast join pg_proc p on p.oid = castfunc where p.provolatile = 'v'",
      ),
    ).toEqual([]);
    expect(
      await ask(`select typname::text as name from pg_type join pg_proc p on p.oid in (typinput::oid, typoutput::oid)
      where typnamespace = 'pg_catalog'::regnamespace and p.provolatile = 'v'`),
    ).toEqual([]);
  });

  it("no view of the catalog runs a function with an effect", async () => {
    const called =
      await ask(`select distinct p.proname::text as name from pg_rewrite r join pg_class c on c.oid = r.ev_class
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_proc'::regclass
      join pg_proc p on p.oid = d.refobjid where c.relnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`);
    const effects = called.filter((name) => forbidden(name)?.rule === "function.effect");
    // Views over these are closed by their grants, or by name in relations.ts.
    expect(
      effects.filter(
        (name) =>
          !["pg_hba_file_rules", "pg_ident_file_mappings", "pg_show_all_file_settings", "pg_config"].includes(name),
      ),
    ).toEqual([]);
  });
});

describe("G5: the lists and the exceptions agree", () => {
  it.each(MAJORS)("PostgreSQL %i: no listed name is forbidden", (major) => {
    expect([...functionsOf(major)].filter((name) => forbidden(name) !== undefined)).toEqual([]);
  });

  it("a later version has what an earlier one has", () => {
    for (const [earlier, later] of [
      [15, 16],
      [16, 17],
      [17, 18],
    ] as const)
      expect([...functionsOf(earlier)].filter((name) => !functionsOf(later).has(name))).toEqual([]);
  });

  it("every harmless volatile one is listed, none of them is forbidden", () => {
    expect(HARMLESS_VOLATILE.filter((name) => !functionsOf(18).has(name) || forbidden(name) !== undefined)).toEqual([]);
  });
});
