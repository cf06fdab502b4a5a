import type pg from "pg";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { attack, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
let s: Scene;
let month: string;
beforeAll(async () => {
  s = await scene(t);
  const [row] = await t.adminSql(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit.entry'::regclass and inhrelid::regclass::text ~ '_20' order by 1 desc limit 1",
  );
  month = String(row?.["name"]);
});
afterEach(async () => {
  await checkWorld(t);
});

const fingerprint = async (client: pg.Client): Promise<unknown> =>
  (await client.query<Record<string, unknown>>("select audit.catalog_fingerprint() as f")).rows[0]?.["f"];

/** `MONTH` stands for a partition. */
const attacks: readonly (readonly [name: string, statement: string])[] = [
  ["DROP the log", "drop table audit.entry cascade"],
  ["DROP a month", "drop table MONTH cascade"],
  ["DROP a guard", "drop trigger append_only on audit.body"],
  ["DROP a constraint", "alter table audit.entry drop constraint leaf_time_is_near_ours"],
  ["DROP what makes a leaf unique", "alter table audit.leaf drop constraint leaf_tenant_id_entry_id_key"],
  ["DETACH a month", "alter table audit.entry detach partition MONTH"],
  [
    "ATTACH a table of one's own",
    "create table audit.more partition of audit.entry for values from ('fffffffe-0000-0000-0000-000000000000') to ('ffffffff-0000-0000-0000-000000000000')",
  ],
  ["ALTER a column", "alter table audit.entry alter column ts drop default"],
  ["ALTER a column's type", "alter table audit.tile alter column lvl type integer"],
  ["ADD a column", "alter table audit.body add column more text"],
  ["DISABLE TRIGGER", "alter table audit.entry disable trigger append_only"],
  ["DISABLE TRIGGER on one month", "alter table MONTH disable trigger no_truncate"],
  ["DISABLE TRIGGER ALL, foreign keys with it", "alter table audit.body disable trigger all"],
  ["ENABLE instead of ENABLE ALWAYS", "alter table audit.leaf enable trigger append_only"],
  [
    "CREATE TRIGGER",
    "create trigger zzz before insert on audit.entry for each row execute function suppress_redundant_updates_trigger()",
  ],
  ["OWNER", "alter table audit.entry owner to postgres"],
  ["OWNER of a function", "alter function audit.refuse() owner to postgres"],
  ["RULE", "create rule nothing as on insert to audit.entry do instead nothing"],
  ["POLICY that widens", "create policy everybody on audit.body using (true)"],
  ["POLICY taken away", "drop policy tenant_rows on audit.entry"],
  ["POLICY changed on one month", "alter policy tenant_rows on MONTH using (true)"],
  ["NO FORCE ROW LEVEL SECURITY", "alter table audit.body no force row level security"],
  ["SET SCHEMA", "alter table audit.leaf set schema public"],
  ["RENAME a table", "alter table audit.entry rename to gone"],
  ["RENAME the schema", "alter schema audit rename to gone"],
  ["RENAME a trigger", "alter trigger append_only on audit.tile rename to gone"],
  ["DROP OWNED", "drop owned by countersign_app"],
  ["GRANT", "grant update on audit.entry to countersign_app"],
  ["GRANT on a column", "grant insert (ts) on audit.entry to countersign_app"],
  ["GRANT on a function", "grant execute on function platform.onboard_tenant(text, text) to countersign_app"],
  ["GRANT on the schema of keys", "grant usage on schema keyring to countersign_app"],
  ["REVOKE", "revoke insert (leaf) on audit.entry from countersign_app"],
  [
    "ALTER DEFAULT PRIVILEGES",
    "alter default privileges for role countersign_owner in schema audit grant all on tables to countersign_app",
  ],
  ["DROP SCHEMA audit CASCADE", "drop schema audit cascade"],
  ["DROP SCHEMA guards CASCADE, the guards' own", "drop schema guards cascade"],
  ["DROP FUNCTION of the guard, and the event trigger with it", "drop function guards.refuse_change() cascade"],
  ["DROP FUNCTION of the guard's guard", "drop function platform.refuse_loss_of_guards() cascade"],
  ["ALTER FUNCTION", "alter function app.tid() security invoker"],
  ["ALTER FUNCTION's settings", "alter function audit.incarnation() set search_path = public"],
  [
    "REPLACE a guard",
    "create or replace function audit.refuse() returns trigger language plpgsql as 'begin return old; end'",
  ],
  [
    "REPLACE the claim's check",
    "create or replace function app.tid() returns uuid language sql as 'select null::uuid'",
  ],
  [
    "REPLACE what counts as a regular month",
    "create or replace function guards.month_bound(month date) returns text language sql as 'select '''''",
  ],
  [
    "REPLACE a function of PostgreSQL's own",
    "create or replace function pg_catalog.sha256(bytea) returns bytea language sql immutable strict as 'select $1'",
  ],
  ["SET UNLOGGED, gone with the next crash", "alter table audit.retired_month set unlogged"],
  ["CREATE INDEX that runs code at each insert", "create index on audit.search (lower(kind))"],
  ["INHERIT", "create table public.child () inherits (audit.search)"],
  ["CREATE VIEW with the owner's rights", "create view audit.everything as select * from audit.body"],
  ["CREATE FUNCTION", "create function audit.evil() returns int language sql as 'select 1'"],
  [
    "COMMENT is no change, a SECURITY DEFINER function is",
    "create function app.more() returns int language sql security definer as 'select 1'",
  ],
  ["ALTER TYPE", "alter type platform.tenant_state add value 'any'"],
];

describe("case 46 (A2): DDL that changes the guards is refused, for a superuser too", () => {
  it.each(attacks)("%s", async (_name, statement) => {
    const before = await fingerprint(s.superuser);
    expect(await attack(s.superuser, "", statement.replaceAll("MONTH", month))).toMatchObject({ refused: "42501" });
    expect(await fingerprint(s.superuser)).toBe(before);
  });

  it.each(attacks)("%s, in replica mode", async (_name, statement) => {
    expect(
      await attack(
        s.superuser,
        "",
        "set local session_replication_role = replica",
        statement.replaceAll("MONTH", month),
      ),
    ).toMatchObject({ refused: "42501" });
  });

  it("as the tables' owner, from inside a function", async () => {
    expect(
      await attack(
        s.superuser,
        "",
        "set local role countersign_owner",
        "do $$ begin execute 'alter table audit.body disable trigger append_only'; end $$",
      ),
    ).toMatchObject({ refused: "42501" });
  });

  it.each([
    [
      "a table of somebody else's schema",
      "create schema other; create table other.t (id int); alter table other.t add column x int; drop schema other cascade",
    ],
    ["a role's own temporary table", "create temporary table t (id int)"],
    ["a comment on the log", "comment on table audit.entry is 'the log'"],
    ["statistics and an analysis", "analyze audit.entry"],
    ["a grant that was there", "grant select on audit.leaf to countersign_app"],
  ])("unrelated DDL passes: %s", async (_name, statement) => {
    expect(await attack(s.superuser, "", statement)).not.toHaveProperty("refused");
  });

  it("the next months' partitions, as migrate makes them, change nothing", async () => {
    const before = await fingerprint(s.superuser);
    await t.adminSql("set role countersign_owner");
    await t.adminSql("call audit.make_partitions(20)");
    await t.adminSql("reset role");
    expect(await fingerprint(s.superuser)).toBe(before);
  });
});
