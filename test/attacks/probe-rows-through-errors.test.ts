// A statement whose condition fails, or takes long, on rows that the policy hides would tell that they are there. PostgreSQL only lets
// operators that leak nothing run before the policy; this holds it to that on every table, and asks every function that the app may call.

import { beforeAll, describe, expect, it } from "vitest";
import type pg from "pg";
import { z } from "zod";
import { attack } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { furnish, tenantTables, worldOf } from "../support/tenant-world.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
let app: pg.Client;
let readable: readonly string[];
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  await furnish(t, acme, 1);
  await furnish(t, globex, 2);
  await t.adminSql("analyze");
  app = await t.appClient();
  const may = await t.adminSql(
    "select name from unnest($1::text[]) as name where has_column_privilege('countersign_app', name, 'tenant_id', 'select')",
    [await tenantTables(t)],
  );
  readable = may.map(({ name }) => String(name));
});

describe("T2 no condition is tried on another tenant's rows", () => {
  it.each<[string, string]>([
    ["a division by zero", "1 / (case when tenant_id = $1::uuid then 0 else 1 end) = 1"],
    [
      "a cast that fails and quotes the value",
      "(case when tenant_id = $1::uuid then tenant_id::text else '1' end)::int = 1",
    ],
    ["a pattern that does not compile", "tenant_id::text ~ (case when tenant_id = $1::uuid then '(' else '.' end)"],
    ["a pause for each row", "(tenant_id <> $1::uuid or pg_sleep(10) is not null)"],
  ])("%s", async (_, condition) => {
    for (const table of readable) {
      const answer = await attack(app, acme.claim.text, "set local statement_timeout = '5s'", [
        `select tenant_id from ${table} where ${condition}`,
        [globex.id],
      ]);
      expect(answer, table).not.toHaveProperty("refused");
    }
  });

  it("in an order, a group, a window or an aggregate there is none of theirs either", async () => {
    for (const table of readable) {
      const answer = await attack(app, acme.claim.text, [
        `select max(tenant_id::text) over (order by 1 / (case when tenant_id = $1::uuid then 0 else 1 end)) as most from ${table} limit 1`,
        [globex.id],
      ]);
      expect(answer, table).toMatchObject({ rows: [{ most: acme.id }] });
    }
  });
});

/** Functions that answer about whoever is asked for, each with why; the app's code asks them at its edges, before there is a tenant. */
const ABOUT_ANYBODY: Readonly<Record<string, string>> = {
  "platform.active_tenants": "ids alone, for the server's sweeps",
  "tickets.claim_links": "which pull requests say something old: ids alone, for the server's pass over every client",
  "controls.killed": "what is stopped: every server knows it before it knows who asks; ids alone, no reason",
  "platform.claim_facts": "how a claim is made for a verified job, key or command: id and epoch",
  "platform.claim_facts_for_installation": "how a claim is made for a verified delivery: id and epoch",
};

/** These show acme its own rows, into which this test itself puts the name and id of the other by calling budget_set and kill_own. */
const SHOWS_OWN = new Set(["controls.budget_standing", "controls.budget_turn", "controls.own_kills"]);

describe("T2 the functions that the app may call", () => {
  const functionRow = z.object({
    name: z.string(),
    arguments: z.array(z.string()),
    returns: z.string(),
    procedure: z.boolean(),
  });
  const functions = async () =>
    z.array(functionRow).parse(
      await t.adminSql(`
      select n.nspname || '.' || p.proname as name, p.prokind = 'p' as procedure, p.prorettype::regtype::text as returns,
        array(select format_type(a, null) from unnest(p.proargtypes) with ordinality u(a, i) order by i) as arguments
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname !~ '^(pg_|information_schema|graphile_worker)' and p.prokind in ('f', 'p') and p.prorettype <> 'trigger'::regtype
        and has_function_privilege('countersign_app', p.oid, 'execute') and has_schema_privilege('countersign_app', n.oid, 'usage') order by 1`),
    );

  it("say nothing of the other tenant, and change nothing of it, whatever of its ids they are given", async () => {
    const all = await functions();
    expect(all.length).toBeGreaterThan(5);
    const [entry] = await t.adminSql("select entry_id from audit.entry where tenant_id = $1 limit 1", [globex.id]);
    const told: string[] = [];
    const before = await worldOf(t, globex);
    for (const { name, arguments: given, procedure } of all) {
      if (ABOUT_ANYBODY[name] !== undefined) continue;
      for (const id of [globex.id, String(entry?.["entry_id"])]) {
        const values = given.map((type) =>
          type === "uuid"
            ? id
            : type === "bigint"
              ? "2"
              : type === "integer"
                ? "1"
                : type === "uuid[]"
                  ? [id]
                  : type === "text"
                    ? "globex"
                    : null,
        );
        const holes = given.map((type, at) => `$${at + 1}::${type}`).join(", ");
        const answer = await attack(app, acme.claim.text, [
          procedure ? `call ${name}(${holes})` : `select to_jsonb(x) as said from ${name}(${holes}) as x`,
          values,
        ]);
        const said = JSON.stringify("rows" in answer ? answer.rows : answer);
        // What it was given may come back in a refusal of PostgreSQL's own; anything else would be news.
        const news = SHOWS_OWN.has(name) ? said.replaceAll('"globex"', "").replaceAll(globex.id, "") : said;
        if (new RegExp(`globex's|${globex.id}|"globex"`).test(news.replaceAll(id, "")))
          told.push(`${name}(${given.join(", ")})`);
      }
    }
    expect(told).toEqual([]);
    expect(await worldOf(t, globex)).toEqual(before);
  });

  it("the reviewed exceptions tell an id and an epoch, and nothing that names the client", async () => {
    const answer = await attack(app, acme.claim.text, [
      "select to_jsonb(x) as said from platform.claim_facts($1::uuid) x",
      [globex.id],
    ]);
    expect(JSON.stringify(answer)).not.toContain("globex");
    const names = (await functions()).map(({ name }) => name);
    expect(
      Object.keys(ABOUT_ANYBODY).filter((name) => !names.includes(name)),
      "reviewed, and gone",
    ).toEqual([]);
  });

  it("no counter of ours runs on for all tenants: the app reads no sequence, whose steps would tell how busy the others are", async () => {
    const sequences = await t.adminSql(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'S' and n.nspname !~ '^(pg_|graphile_worker)' and (has_sequence_privilege('countersign_app', c.oid, 'select')
         or has_sequence_privilege('countersign_app', c.oid, 'usage'))`,
    );
    expect(sequences).toEqual([]);
  });

  it("it can leave nothing behind where no policy looks: no temporary table, no schema, no object of its own", async () => {
    for (const statement of ["create temporary table x (y text)", "create schema x", "create table public.x (y text)"])
      expect(await attack(app, acme.claim.text, statement), statement).toMatchObject({ refused: "42501" });
  });
});
