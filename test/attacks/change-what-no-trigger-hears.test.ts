// PostgreSQL has no event trigger for what belongs to the cluster, nor for event triggers themselves. These changes cannot be refused;
// they show in the fingerprint, at the next look of the server (ten seconds) and in the next epoch's leaf (five minutes).

import type pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
let superuser: pg.Client;
beforeAll(async () => {
  superuser = await t.adminClient();
});

const read = async (): Promise<{ readonly fingerprint: string; readonly drift: readonly string[] }> => {
  const found = await superuser.query<{ f: string; drift: string[] }>(
    "select audit.catalog_fingerprint() as f, array(select audit.guard_drift()) as drift",
  );
  return { fingerprint: found.rows[0]?.f ?? "", drift: found.rows[0]?.drift ?? [] };
};

/** Rolled back: roles are the cluster's, and other tests run in it. */
async function after(...statements: readonly string[]): Promise<Awaited<ReturnType<typeof read>>> {
  await superuser.query("begin");
  try {
    for (const statement of statements) await superuser.query(statement);
    return await read();
  } finally {
    await superuser.query("rollback");
  }
}

const DATABASE = "do $$ begin execute format('%s', current_database()); end $$";
const here = (statement: string): string => DATABASE.replace("'%s'", `'${statement.replaceAll("'", "''")}'`);

describe("case 47 (A2): what no event trigger hears of changes the fingerprint, and says what it was", () => {
  it.each<[string, string, RegExp]>([
    ["BYPASSRLS for the app", "alter role countersign_app bypassrls", /^\+ role countersign_app .*bypassrls t/],
    [
      "SUPERUSER for the sequencer",
      "alter role countersign_sequencer superuser",
      /^\+ role countersign_sequencer .*super t/,
    ],
    ["LOGIN for the owner", "alter role countersign_owner login", /^- role countersign_owner login f/],
    [
      "BYPASSRLS for the app's login",
      "alter role countersign_server bypassrls",
      /^\+ role countersign_server .*bypassrls t/,
    ],
    [
      "the app in the owner's role",
      "grant countersign_owner to countersign_app",
      /^\+ member countersign_app of countersign_owner/,
    ],
    [
      "the app's login in the eraser's role",
      "grant countersign_eraser to countersign_server",
      /^\+ member countersign_server of countersign_eraser/,
    ],
    [
      "the app in a role of the server's",
      "grant pg_read_all_data to countersign_app",
      /^\+ member countersign_app of pg_read_all_data/,
    ],
    [
      "a role of somebody's in the verifier's",
      "create role somebody; grant countersign_verifier to somebody",
      /^\+ member somebody of countersign_verifier/,
    ],
    [
      "a mighty login in the app's role",
      "create role somebody login createrole; grant countersign_app to somebody",
      /^\+ member somebody of countersign_app/,
    ],
    ["REASSIGN OWNED", "reassign owned by countersign_owner to postgres", /^\+ audit\.entry is .*owner postgres/],
    [
      "the event trigger disabled",
      "alter event trigger countersign_guards disable",
      /^\+ event trigger countersign_guards .* D /,
    ],
    [
      "the event trigger off in replica mode",
      "alter event trigger countersign_guards enable",
      /^\+ event trigger countersign_guards .* O /,
    ],
    ["the event trigger dropped", "drop event trigger countersign_guards", /^- event trigger countersign_guards /],
    [
      "a second event trigger, which could undo the first",
      "create function public.f() returns event_trigger language plpgsql as 'begin end'; create event trigger other on ddl_command_end execute function public.f()",
      /^\+ event trigger other/,
    ],
    [
      "replica mode as the app's setting",
      "alter role countersign_app set session_replication_role = replica",
      /^\+ setting session_replication_role=replica for countersign_app/,
    ],
    [
      "replica mode for everybody in this database",
      here("alter database %I set session_replication_role = replica"),
      /^\+ setting session_replication_role=replica for every role in this database/,
    ],
    [
      "asynchronous commits for everybody",
      "alter role all set synchronous_commit = off",
      /^\+ setting synchronous_commit=off for every role/,
    ],
    [
      "a path on which somebody else's functions come first",
      here("alter database %I set search_path = evil, public"),
      /^\+ setting search_path=evil, public/,
    ],
    [
      "the break-glass setting for good",
      "alter role postgres set audit.migration = 'always'",
      /^\+ setting audit\.migration=always for postgres/,
    ],
    [
      "temporary tables for the app",
      here("grant temporary on database %I to countersign_app"),
      /^\+ database grant TEMPORARY to countersign_app/,
    ],
    ["the database for PUBLIC", here("grant connect on database %I to public"), /^\+ database grant CONNECT to PUBLIC/],
  ])("%s", async (_name, statement, line) => {
    const before = await read();
    expect(before.drift).toEqual([]);
    const changed = await after(statement);
    expect(changed.fingerprint).not.toBe(before.fingerprint);
    expect(changed.drift).toContainEqual(expect.stringMatching(line));
    expect(await read()).toEqual(before);
  });

  it("a month that is gone without having been retired", async () => {
    const [month] = await t.adminSql("select to_char(max(month), 'YYYY_MM') as m from audit.month");
    const changed = await after(
      "alter event trigger countersign_guards disable",
      `alter table audit.entry detach partition audit.entry_${String(month?.["m"])}`,
      `drop table audit.entry_${String(month?.["m"])}`,
      "alter event trigger countersign_guards enable always",
    );
    expect(changed.drift).toEqual([`+ audit.entry_${String(month?.["m"])} is missing`]);
  });

  it("one month without the guard that the others have", async () => {
    const [month] = await t.adminSql("select to_char(max(month), 'YYYY_MM') as m from audit.month");
    const changed = await after(
      "alter event trigger countersign_guards disable",
      `drop trigger no_truncate on audit.entry_${String(month?.["m"])}`,
      "alter event trigger countersign_guards enable always",
    );
    expect(changed.drift).toHaveLength(2);
    expect(changed.drift[0]).toMatch(/^\+ audit\.entry_\* trigger A CREATE TRIGGER no_truncate .* \(only entry_/);
  });
});

describe("what is not ours changes nothing", () => {
  it.each<[string, string]>([
    ["another database's login for the app's role", "create role somebody login; grant countersign_app to somebody"],
    ["somebody's role and its settings", "create role somebody login; alter role somebody set work_mem = '8MB'"],
    ["a password", "alter role countersign_server password 'another'"],
    ["a setting of the database that guards nothing", here("alter database %I set work_mem = '8MB'")],
    ["a schema of somebody else's", "create schema other; create table other.t (id int)"],
  ])("%s", async (_name, statement) => {
    expect(await after(statement)).toEqual(await read());
  });

  it.each([
    "set quote_all_identifiers = on",
    "set bytea_output = escape",
    "set search_path = audit, public",
    "set timezone = 'Asia/Tokyo'",
    "set datestyle = 'German'",
  ])("nor does how somebody likes to read: %s", async (statement) => {
    expect(await after(statement)).toEqual(await read());
  });
});
