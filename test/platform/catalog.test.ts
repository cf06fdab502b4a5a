import type pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "../support/database.ts";
import { catalogBreaches } from "./catalog.ts";

const t = await testDatabase();
let admin: pg.Client;
beforeAll(async () => {
  admin = await t.adminClient();
  // What is tried here is what a migration could do.
  await admin.query("set audit.migration = 'a migration of the catalog test'");
});

const breaches = () => catalogBreaches(async (text) => (await admin.query<Record<string, unknown>>(text)).rows);

describe("D16, D17 (T2, A2) the migrated schema", () => {
  it("breaks no rule of tenancy", async () => {
    expect(await breaches()).toEqual([]);
  });
});

const good =
  "create table gate_x.thing (tenant_id uuid not null, id uuid not null, other uuid, primary key (tenant_id, id)); call platform.isolate_tenant_rows('gate_x.thing')";

/** What a migration could get wrong: statements run as the owner unless they begin with `reset role`. */
const cases: readonly (readonly [name: string, statements: string, breach: RegExp])[] = [
  ["a table without tenant_id", "create table gate_x.t (id int primary key)", /^gate_x\.t has no tenant_id/],
  ["a nullable tenant_id", "create table gate_x.t (tenant_id uuid, id int)", /^gate_x\.t has a tenant_id that is not/],
  [
    "a tenant_id of type text",
    "create table gate_x.t (tenant_id text not null, id int)",
    /^gate_x\.t has a tenant_id that is not/,
  ],
  [
    "no row-level security",
    "create table gate_x.t (tenant_id uuid not null, primary key (tenant_id))",
    /^gate_x\.t has row-level security switched off/,
  ],
  ["not forced", `${good}; alter table gate_x.thing no force row level security`, /^gate_x\.thing does not force/],
  ["no policy", `${good}; drop policy tenant_rows on gate_x.thing`, /^gate_x\.thing has no policy/],
  [
    "a policy without WITH CHECK's expression",
    `${good}; alter policy tenant_rows on gate_x.thing with check (true)`,
    /^gate_x\.thing has no policy/,
  ],
  [
    "the naive policy",
    `${good}; alter policy tenant_rows on gate_x.thing using (tenant_id = current_setting('app.tenant')::uuid)`,
    /^gate_x\.thing has no policy/,
  ],
  [
    "a second policy that widens",
    `${good}; create policy more on gate_x.thing for select using (true)`,
    /^gate_x\.thing policy more has a second/,
  ],
  [
    "no primary key",
    "create table gate_x.t (tenant_id uuid not null); call platform.isolate_tenant_rows('gate_x.t')",
    /^gate_x\.t has no primary key/,
  ],
  [
    "a primary key without the tenant",
    "create table gate_x.t (tenant_id uuid not null, id int primary key); call platform.isolate_tenant_rows('gate_x.t')",
    /^gate_x\.t_pkey is unique without/,
  ],
  [
    "a unique constraint without the tenant",
    `${good}; alter table gate_x.thing add unique (id)`,
    /^gate_x\.thing_id_key is unique without/,
  ],
  [
    "a unique index on an expression",
    `${good}; create unique index on gate_x.thing (lower(id::text))`,
    /is unique without/,
  ],
  [
    "D12 a foreign key without the tenant",
    `${good}; alter table gate_x.thing add unique (id); alter table gate_x.thing add foreign key (other) references gate_x.thing (id)`,
    /^gate_x\.thing thing_other_fkey is a foreign key/,
  ],
  [
    "D17 a view",
    `${good}; create view gate_x.v as select * from gate_x.thing`,
    /^gate_x\.v is a view without security_invoker/,
  ],
  [
    "D17 a materialised view",
    `${good}; create materialized view gate_x.m as select * from gate_x.thing`,
    /^gate_x\.m is a materialised view/,
  ],
  [
    "SECURITY DEFINER with no search_path",
    "create function gate_x.f() returns int language sql security definer as 'select 1'",
    /^gate_x\.f\(\) is SECURITY DEFINER/,
  ],
  [
    "SECURITY DEFINER with public first",
    "create function gate_x.f() returns int language sql security definer set search_path = public, pg_temp as 'select 1'",
    /^gate_x\.f\(\) is SECURITY DEFINER/,
  ],
  [
    "a function in C",
    "reset role; create function gate_x.f() returns trigger language internal as 'suppress_redundant_updates_trigger'",
    /language that is not trusted/,
  ],
  [
    "a function for PUBLIC",
    "create function gate_x.f() returns int language sql as 'select 1'; grant execute on function gate_x.f() to public",
    /^gate_x\.f\(\) may be executed by PUBLIC/,
  ],
  [
    "a function made by the superuser, with PUBLIC's default right",
    "reset role; create function gate_x.f() returns int language sql as 'select 1'",
    /^gate_x\.f\(\) may be executed by PUBLIC/,
  ],
  [
    "a table for PUBLIC",
    `${good}; grant select on gate_x.thing to public`,
    /^gate_x\.thing SELECT is granted to PUBLIC/,
  ],
  [
    "a column for PUBLIC",
    `${good}; grant select (id) on gate_x.thing to public`,
    /^gate_x\.thing\.id SELECT is granted to PUBLIC/,
  ],
  ["a schema for PUBLIC", "grant usage on schema gate_x to public", /^schema gate_x USAGE is granted to PUBLIC/],
  [
    "TRUNCATE for the app",
    `${good}; grant truncate on gate_x.thing to countersign_app`,
    /^gate_x\.thing TRUNCATE to countersign_app is a right nobody/,
  ],
  [
    "REFERENCES for the app",
    `${good}; grant references on gate_x.thing to countersign_app`,
    /REFERENCES to countersign_app/,
  ],
  ["everything for the app", `${good}; grant all on gate_x.thing to countersign_app`, /TRIGGER to countersign_app/],
  [
    "a right the app may pass on",
    `${good}; grant select on gate_x.thing to countersign_app with grant option`,
    /with grant option/,
  ],
  [
    "a schema the app may create in",
    "grant create on schema gate_x to countersign_app",
    /^gate_x by countersign_app lets somebody else/,
  ],
  [
    "the registry for the app",
    "grant select on platform.tenant to countersign_app",
    /^platform\.tenant is closed to the app/,
  ],
  [
    "a column of the key for the app",
    "grant select (ipad) on keyring.claim_key to countersign_app",
    /^keyring\.claim_key is closed to the app/,
  ],
  ["UPDATE on the log", "grant update on audit.entry to countersign_app", /^audit\.entry UPDATE is append-only/],
  [
    "INSERT into every column of the log",
    "grant insert on audit.entry to countersign_app",
    /^audit\.entry INSERT is append-only/,
  ],
  [
    "INSERT of a time",
    "grant insert (ts) on audit.entry to countersign_app",
    /^audit\.entry\.ts INSERT is append-only/,
  ],
  [
    "UPDATE of one column of a body",
    "grant update (ct) on audit.body to countersign_app",
    /^audit\.body\.ct UPDATE is append-only/,
  ],
  [
    "a guard that is not ALWAYS",
    "alter table audit.body enable trigger append_only",
    /^audit\.body append_only is append-only and lacks/,
  ],
  [
    "a guard that is disabled",
    "alter table audit.leaf disable trigger no_truncate",
    /^audit\.leaf no_truncate is append-only and lacks/,
  ],
  [
    "case 45: a partition without its TRUNCATE guard",
    "create table audit.entry_9999 partition of audit.entry for values from ('fffffffe-0000-0000-0000-000000000000') to ('ffffffff-0000-0000-0000-000000000000'); call platform.isolate_tenant_rows('audit.entry_9999')",
    /^audit\.entry_9999 no_truncate is append-only and lacks/,
  ],
  [
    "case 52: a partition without policy",
    "create table audit.entry_9999 partition of audit.entry for values from ('fffffffe-0000-0000-0000-000000000000') to ('ffffffff-0000-0000-0000-000000000000')",
    /^audit\.entry_9999 has row-level security switched off/,
  ],
  [
    "case 52: a partition for the app",
    "grant select on audit.entry_default to countersign_app",
    /^audit\.entry_default is a partition of the log that is granted/,
  ],
  [
    "a table of the superuser's",
    "reset role; create table gate_x.t (id int)",
    /^table gate_x\.t belongs to somebody else/,
  ],
  ["a role with BYPASSRLS", "reset role; alter role countersign_app bypassrls", /^countersign_app has an attribute/],
  [
    "a role that is superuser",
    "reset role; alter role countersign_sequencer superuser",
    /^countersign_sequencer has an attribute/,
  ],
  [
    "the app in the owner's role",
    "reset role; grant countersign_owner to countersign_app",
    /^countersign_app in countersign_owner is a member/,
  ],
  [
    "the app in a role of the server",
    "reset role; grant pg_read_all_data to countersign_app",
    /^countersign_app in pg_read_all_data is a member/,
  ],
  [
    "PUBLIC's right on functions to come",
    "alter default privileges grant execute on functions to public",
    /default privileges of countersign_owner gives PUBLIC/,
  ],
  [
    "the database for PUBLIC",
    "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$",
    /^database .* TEMPORARY is granted to PUBLIC/,
  ],
];

describe("the catalog test itself finds", () => {
  it.each(cases)("%s", async (_name, statements, breach) => {
    await admin.query("begin");
    try {
      await admin.query("create schema gate_x authorization countersign_owner; set local role countersign_owner");
      if (/database/.test(statements)) await admin.query("reset role");
      await admin.query(statements);
      await admin.query("reset role");
      expect(await breaches()).toContainEqual(expect.stringMatching(breach));
    } finally {
      await admin.query("rollback");
    }
  });

  it("nothing wrong with a table that follows the convention", async () => {
    await admin.query(
      `begin; create schema gate_x authorization countersign_owner; set local role countersign_owner; ${good}; reset role`,
    );
    const found = await breaches();
    await admin.query("rollback");
    expect(found).toEqual([]);
  });
});
