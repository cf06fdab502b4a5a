import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAudit } from "#audit/io";
import { createFileKms, createKeys } from "#keys/io";
import {
  acceptGuards,
  createDatabase,
  grantDatabase,
  migrate,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from "#platform/postgres";
import { onboard } from "#tenants/io";
import { openDirectory } from "../../support/directory.ts";
import { catalogBreaches } from "../catalog.ts";

// A cluster of its own: roles belong to the cluster, and this is about making them.
const root = openDirectory("migrate");
let cluster: EmbeddedPostgres;
let superuser: pg.Client;
const kms = createFileKms(join(root, "keys"));
const { append } = createAudit({ keys: createKeys({ kms, clock: Date.now }) });
const claimKey = "a claim key of more than 32 characters";
const urlFor = (user: string, password: string, database = "managed"): string => {
  const url = new URL(cluster.adminUrl);
  url.username = user;
  url.password = password;
  url.pathname = `/${database}`;
  return url.href;
};
const at = (database: string): string => urlFor("dba", "dba", database);

/** As a server left a database that never saw a migration after `last`: its guards handed over, and what is there expected. */
async function leaveAtVersion(database: string, last: string): Promise<void> {
  const admin = new pg.Client({ connectionString: new URL(`/${database}`, cluster.adminUrl).href });
  const owner = new pg.Client({
    connectionString: at(database),
    options: "-c role=countersign_owner -c audit.migration=migrate",
  });
  await Promise.all([admin.connect(), owner.connect()]);
  try {
    await grantDatabase(admin, database);
    const quiet = (): void => {};
    await runner({
      dbClient: owner,
      dir: MIGRATIONS,
      direction: "up",
      count: readdirSync(MIGRATIONS).filter((name) => name <= `${last}~`).length,
      migrationsSchema: "platform",
      migrationsTable: "migration",
      createMigrationsSchema: true,
      singleTransaction: true,
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    await admin.query(HAND_OVER);
    await owner.query("call audit.expect_catalog('migrate')");
  } finally {
    await Promise.all([admin.end(), owner.end()]);
  }
}

const MIGRATIONS = join(import.meta.dirname, "../../../migrations");
const HAND_OVER = `do $do$
declare
  routine record;
begin
  perform set_config('audit.migration', 'migrate', false);
  alter schema guards owner to countersign_guard;
  for routine in select p.oid::regprocedure as name, n.nspname = 'guards' as guards from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'guards' or (n.nspname = 'audit' and p.proname like 'erase\\_%') loop
    execute format('alter routine %s owner to %s', routine.name, case when routine.guards then 'countersign_guard' else 'countersign_eraser' end);
  end loop;
  grant usage on schema guards to countersign_owner;
  grant execute on all functions in schema guards to countersign_owner;
end $do$`;

beforeAll(async () => {
  await kms.open(null);
  cluster = await startEmbeddedPostgres({ dir: join(root, "postgres") });
  superuser = new pg.Client({ connectionString: cluster.adminUrl });
  superuser.on("error", () => {});
  await superuser.connect();
  await superuser.query("create role dba login password 'dba' createrole createdb");
  await superuser.query("create database managed owner dba");
});
afterAll(async () => {
  await superuser.end();
  await cluster.stop();
  rmSync(root, { recursive: true, force: true });
});

describe("migrate with an administrator who is no superuser, as on a managed server", () => {
  it("installs everything, says what it does, and a second run changes nothing", async () => {
    const lines: string[] = [];
    const appUrl = urlFor("server", "p'w%20 \"");
    const options = {
      adminUrl: at("managed"),
      appUrl,
      claimKey,
      onProgress: (line: string) => lines.push(line),
    };
    const applied = await migrate(options);
    expect(applied[0]).toBe("0001_platform");
    expect(await migrate(options)).toEqual([]);
    expect(lines.at(-1)).toBe("Database schema is up to date");
    const db = createDatabase({ url: appUrl, claimKey });
    await db.withPlatform(async () => {});
    await db.close();
  });

  it("refuses another program's database, and changes nothing in it", async () => {
    await superuser.query("create database shop owner dba");
    const shop = new pg.Client({ connectionString: at("shop") });
    await shop.connect();
    await shop.query("create table customer ()");
    await expect(migrate({ adminUrl: at("shop"), claimKey })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/The database shop is another program's: there is customer/),
    });
    const { rows } = await shop.query("select nspname from pg_namespace where nspname !~ '^pg_' order by 1");
    await shop.end();
    expect(rows).toEqual([{ nspname: "information_schema" }, { nspname: "public" }]);
  });

  it("breaks no rule of the catalog: nothing belongs to that administrator", async () => {
    const looking = new pg.Client({ connectionString: new URL("/managed", cluster.adminUrl).href });
    await looking.connect();
    expect(await catalogBreaches(async (text) => (await looking.query<Record<string, unknown>>(text)).rows)).toEqual(
      [],
    );
    await looking.end();
  });

  it("the operator's acts work with it", async () => {
    const by = { operator: { type: "operator", id: "test" }, requestId: "r" } as const;
    expect(await onboard({ adminUrl: at("managed"), claimKey, append }, { prefix: "acme", by })).toMatchObject({
      kind: "onboarded",
    });
  });

  it("an older program refuses what a newer one has made, and changes nothing", async () => {
    const managed = new pg.Client({ connectionString: new URL("/managed", cluster.adminUrl).href });
    await managed.connect();
    await managed.query("insert into platform.migration (name, run_on) values ('9999_from_the_future', now())");
    await expect(migrate({ adminUrl: at("managed"), claimKey })).rejects.toMatchObject({
      code: "schema_mismatch",
      message: "The database is newer than this program: it has 9999_from_the_future. Update Countersign.",
    });
    await managed.query("delete from platform.migration where name = '9999_from_the_future'");
    await managed.end();
  });

  it("a new claim key ends every claim of the old one", async () => {
    await migrate({ adminUrl: at("managed"), claimKey: `${claimKey}, the next` });
    const by = { operator: { type: "operator", id: "test" }, requestId: "r" } as const;
    await expect(
      onboard({ adminUrl: at("managed"), claimKey, append }, { prefix: "globex", by }),
    ).rejects.toMatchObject({ code: "tenant_inactive" });
  });
});

const DRIFT = "select audit.guard_drift() as line";
const OWNERS = `select distinct p.proowner::regrole::text as owner from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'guards' or (n.nspname = 'audit' and p.proname like 'erase\\_%') order by 1`;

describe("A2 migrate and the guards of the audit log", () => {
  const lines: string[] = [];
  const run = (adminUrl: string) => migrate({ adminUrl, claimKey, onProgress: (line) => lines.push(line.trim()) });
  const askedIn = async (
    database: string,
    statements: readonly string[],
  ): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: new URL(`/${database}`, cluster.adminUrl).href });
    await client.connect();
    try {
      let rows: readonly Record<string, unknown>[] = [];
      for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
      return rows;
    } finally {
      await client.end();
    }
  };
  const asSuperuser = (...statements: readonly string[]) => askedIn("managed", statements);
  const drift = () => asSuperuser(DRIFT);
  const owners = () => asSuperuser(OWNERS);
  const handedOver = [{ owner: "countersign_eraser" }, { owner: "countersign_guard" }];

  it("an administrator who is no superuser hands the functions over, and says that changes are found, not refused", async () => {
    await run(at("managed"));
    expect(lines).toContainEqual(expect.stringContaining("does not allow event triggers"));
    expect(await owners()).toEqual(handedOver);
    expect(await drift()).toEqual([]);
    expect(
      await asSuperuser(
        "select from pg_auth_members where roleid in ('countersign_guard'::regrole, 'countersign_eraser'::regrole) and (to_jsonb(pg_auth_members) ->> 'set_option')::bool",
      ),
    ).toEqual([]);
  });

  it("a later migration replaces a function of theirs, and what is expected is what it left", async () => {
    await superuser.query("create database earlier owner dba");
    await leaveAtVersion("earlier", "0048");
    const applied = await migrate({ adminUrl: at("earlier"), claimKey });
    expect(applied[0]).toBe("0049_erase_witnessed");
    expect(await askedIn("earlier", [OWNERS])).toEqual(handedOver);
    expect(await askedIn("earlier", [DRIFT])).toEqual([]);
  });

  it("accepts nothing that somebody else changed, and says what it was", async () => {
    await asSuperuser("grant update on audit.entry to countersign_app");
    lines.length = 0;
    await run(at("managed"));
    expect(lines).toContainEqual(expect.stringContaining("accepts nothing of it"));
    expect(lines).toContainEqual("+ audit.entry grant UPDATE to countersign_app by countersign_owner");
    expect(await drift()).toHaveLength(1);
    await acceptGuards({ adminUrl: at("managed"), reason: "a ticket" });
    expect(await drift()).toEqual([]);
    await asSuperuser("revoke update on audit.entry from countersign_app");
    await acceptGuards({ adminUrl: at("managed"), reason: "the ticket is done" });
    expect(
      await asSuperuser("select reason from audit.expected_fingerprint order by expected_id desc limit 2"),
    ).toEqual([{ reason: "the ticket is done" }, { reason: "a ticket" }]);
  });

  it("a superuser's migration adds the event triggers", async () => {
    await run(new URL("/managed", cluster.adminUrl).href);
    expect(await asSuperuser("select evtname from pg_event_trigger where evtenabled = 'A' order by 1")).toHaveLength(2);
    expect(await drift()).toEqual([]);
    await expect(asSuperuser("alter table audit.body disable trigger append_only")).rejects.toThrow("refused");
  });

  it("the digest of the objects is one of names: another database, with other OIDs, has the same", async () => {
    await superuser.query("create database second");
    await run(new URL("/second", cluster.adminUrl).href);
    const digest = "select guards.digest(array(select guards.objects())) as digest";
    expect(await askedIn("second", [digest])).toEqual(await asSuperuser(digest));
  });
});

describe("migrate refuses, in one sentence", () => {
  it.each<[string, () => Parameters<typeof migrate>[0], string]>([
    [
      "an app login that is the administrator",
      () => ({ adminUrl: at("managed"), appUrl: at("managed"), claimKey }),
      "may not use the database user dba",
    ],
    [
      "an app login that is a superuser",
      () => ({ adminUrl: at("managed"), appUrl: urlFor("postgres", "x"), claimKey }),
      "may not use the database user postgres",
    ],
    [
      "an app login that is the owner",
      () => ({ adminUrl: at("managed"), appUrl: urlFor("countersign_owner", "x"), claimKey }),
      "may not log in as countersign_owner",
    ],
    [
      "an app URL without a password",
      () => ({ adminUrl: at("managed"), appUrl: "postgres://server@localhost/x", claimKey }),
      "needs a user and a password",
    ],
    ["a short claim key", () => ({ adminUrl: at("managed"), claimKey: "short" }), "at least 32 characters"],
    ["a wrong password", () => ({ adminUrl: urlFor("dba", "wrong"), claimKey }), "password authentication failed"],
  ])("%s", async (_name, options, sentence) => {
    await expect(migrate(options())).rejects.toThrow(sentence);
  });
});

describe("platform.uuidv7 for PostgreSQL 15 to 17", () => {
  it("has version 7, the right variant and the time of the database", async () => {
    const fallback = /as \$f\$([\s\S]*?)\$f\$/.exec(
      readFileSync(new URL("../../../migrations/0001_platform.sql", import.meta.url), "utf8"),
    )?.[1];
    const ids = new Set<string>();
    for (let n = 0; n < 20; n++) {
      const { rows } = await superuser.query<{ id: string; ms: string }>(
        `select (${fallback}) as id, floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`,
      );
      const id = rows[0]?.id ?? "";
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Math.abs(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16) - Number(rows[0]?.ms))).toBeLessThan(
        2_000,
      );
      ids.add(id);
    }
    expect(ids.size).toBe(20);
  });
});
