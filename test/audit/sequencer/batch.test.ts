import type pg from "pg";
import sql from "sql-template-tag";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { PLATFORM_LOG } from "#kernel";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { sampleEntry } from "../../support/attack.ts";
import { checkLogs } from "../../support/log-check.ts";
import { drain, sequencing } from "../../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const append = (tenant: TestTenant, body: string) =>
  t.db.withTenant(tenant.claim, (tx) => t.append(tx, sampleEntry(body)));

/** Many entries in one statement: what they say is nothing to the sequencer. */
const many = (tenant: TestTenant, count: number) =>
  t.adminSql(
    `insert into audit.entry (tenant_id, entry_id, leaf) select $1::uuid, id, convert_to(format('{"id":"%s","log":"%s","ts":"%s"}', id, $1::text,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'UTF8')
     from (select platform.uuidv7() as id from generate_series(1, $2::int)) made`,
    [tenant.id, count],
  );

/** A writer that holds its transaction open. */
async function openWriter(tenant: TestTenant): Promise<pg.Client> {
  const client = await t.appClient();
  await client.query("begin");
  await client.query("select set_config('app.claim', $1, true)", [tenant.claim.text]);
  await client.query(
    `insert into audit.entry (tenant_id, entry_id, leaf) select $1::uuid, id, convert_to(format('{"id":"%s","log":"%s","ts":"%s"}', id, $1::text,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'UTF8') from platform.uuidv7() id`,
    [tenant.id],
  );
  return client;
}

describe("A1 the sequencer gives every durable entry its place", () => {
  it("each tenant has a log of its own, with its own indexes, chain and tree", async () => {
    for (let i = 0; i < 5; i++) await append(acme, `a${i}`);
    await append(globex, "g");
    expect(await log.sequence()).toBe(10);
    const sizes = await checkLogs(t);
    expect(sizes.get(acme.id)).toBe(7);
    expect(sizes.get(globex.id)).toBe(3);
  });

  it("across the borders of tiles and batches", async () => {
    const sequencer = await log.open({ batch: 100 });
    await many(globex, 1_300);
    expect(await drain(sequencer)).toBe(1_300);
    await many(globex, 1);
    expect(await drain(sequencer)).toBe(1);
    expect((await checkLogs(t)).get(globex.id)).toBe(1_304);
  });

  it("the platform's own log is one of them, in no list of tenants, and takes a claim", async () => {
    const claim = await t.db.claimFor(PLATFORM_LOG);
    if (claim === null) throw new Error("no claim");
    await t.db.withTenant(claim, (tx) => t.append(tx, sampleEntry("platform")));
    await log.sequence();
    expect((await checkLogs(t)).get(PLATFORM_LOG)).toBe(1);
    expect(await t.adminSql("select from platform.active_tenants() as t(id) where id = $1", [PLATFORM_LOG])).toEqual(
      [],
    );
    await expect(
      t.adminSql("insert into platform.installation (installation_id, tenant_id) values (99, $1)", [PLATFORM_LOG]),
    ).rejects.toThrow("platform_log_has_no_installation");
  });

  it("case 31: one long-open writer keeps nobody waiting, and gets its place when it is done", async () => {
    const writer = await openWriter(acme);
    const before = await checkLogs(t);
    for (let round = 0; round < 3; round++) {
      await append(acme, "meanwhile");
      await append(globex, "meanwhile");
      expect(await log.sequence()).toBe(2);
    }
    await writer.query("commit");
    expect(await log.sequence()).toBe(1);
    expect((await checkLogs(t)).get(acme.id)).toBe((before.get(acme.id) ?? 0) + 4);
  });

  it("case 32: a writer that rolls back leaves no hole", async () => {
    const writer = await openWriter(acme);
    await append(acme, "after it");
    await writer.query("rollback");
    expect(await log.sequence()).toBe(1);
    await checkLogs(t);
  });

  it("case 17: a restart that lost its place counts nothing twice", async () => {
    await append(acme, "before");
    await log.sequence();
    const before = await checkLogs(t);
    await t.adminSql("update audit.sequencer set seen = null, low_xid = '0'");
    const again = await log.open();
    expect(await drain(again)).toBe(0);
    await append(acme, "after");
    expect(await drain(again)).toBe(1);
    expect((await checkLogs(t)).get(acme.id)).toBe((before.get(acme.id) ?? 0) + 1);
  });

  it("case 29: of two sequencers without a lock the first finds itself fenced off; the log is right", async () => {
    const first = await log.open();
    await drain(first);
    const second = await log.open();
    await append(acme, "one");
    await expect(first.batch()).rejects.toThrow("Another sequencer has taken over.");
    expect(await drain(second)).toBe(1);
    await checkLogs(t);
  });

  it("case 29: with the fence out of the way, the primary key is the last line", async () => {
    const first = await log.open();
    await append(acme, "so that it knows the tree");
    await drain(first);
    const [{ epoch } = {}] = await t.adminSql("select epoch from audit.sequencer");
    await append(acme, "taken by the other");
    await drain(await log.open());
    await t.adminSql("update audit.sequencer set epoch = $1, seen = null", [epoch]);
    await append(acme, "both want this place");
    await expect(first.batch()).rejects.toMatchObject({ constraint: "leaf_pkey" });
    await drain(await log.open());
    await checkLogs(t);
  });

  it("case 30: killed in the middle of a batch, its leaves inserted: the successor goes on without gap or double", async () => {
    await many(globex, 500);
    const sequencer = await log.open({ batch: 200 });
    await sequencer.batch();
    const blocker = await t.adminClient();
    await blocker.query("begin");
    await blocker.query("lock table audit.head in share mode");
    const killed = sequencer.batch().catch((error: unknown) => error);
    const stuck =
      "from pg_stat_activity where usename = 'countersign_sequencer_login' and datname = current_database() and wait_event_type = 'Lock'";
    await vi.waitUntil(async () => (await t.adminSql(`select ${stuck}`)).length === 1, 10_000);
    await t.adminSql(`select pg_terminate_backend(pid) ${stuck}`);
    expect(await killed).toMatchObject({ code: "database_unavailable" });
    await blocker.query("rollback");
    await drain(await log.open({ database: t.role("sequencer") }));
    const [{ left } = {}] = await t.adminSql(
      "select count(*)::int as left from audit.entry e where not exists (select from audit.leaf l where l.tenant_id = e.tenant_id and l.entry_id = e.entry_id)",
    );
    expect(left).toBe(0);
    await checkLogs(t);
  });

  it("case 40: while the database's clock is behind the last batch nothing gets a place; then it goes on", async () => {
    const sequencer = await log.open();
    await drain(sequencer);
    await append(acme, "in the past");
    await t.adminSql("update audit.sequencer set sequenced_at = clock_timestamp() + interval '1 hour'");
    expect(await sequencer.batch()).toEqual({ kind: "clock" });
    expect(await sequencer.batch()).toEqual({ kind: "clock" });
    await t.adminSql("update audit.sequencer set sequenced_at = clock_timestamp()");
    expect(await drain(sequencer)).toBe(1);
    await checkLogs(t);
  });

  it.each<[string, string]>([
    [
      "a leaf of the running tile is gone",
      "delete from audit.leaf where tenant_id = $1 and idx = (select size - 1 from audit.head where tenant_id = $1)",
    ],
    [
      "a leaf's hash was changed",
      "update audit.leaf set leaf_hash = sha256(leaf_hash) where tenant_id = $1 and idx = (select size - 1 from audit.head where tenant_id = $1)",
    ],
    ["the head was moved back", "update audit.head set size = size - 1 where tenant_id = $1"],
  ])("case 50: %s: a sequencer that starts adds nothing and says so", async (_name, damage) => {
    await log.sequence();
    await damaged(damage, async () => {
      await append(acme, "on a damaged tree");
      const sequencer = await log.open();
      await expect(sequencer.batch()).rejects.toMatchObject({ code: "log_diverged" });
    });
    await drain(await log.open());
    await checkLogs(t);
  });

  it("a restored database goes on as a new incarnation, and looks at everything once", async () => {
    await log.sequence();
    await append(acme, "in the dump");
    await t.adminSql("update audit.sequencer set cluster = 'another'");
    const sequencer = await log.open();
    expect(sequencer.restored).toBe(true);
    await append(acme, "after it");
    expect(await drain(sequencer)).toBe(2);
    await append(acme, "and on");
    expect(await drain(sequencer)).toBe(1);
    const [{ incarnation } = {}] = await t.adminSql("select incarnation from audit.head where tenant_id = $1", [
      acme.id,
    ]);
    expect(incarnation).toBe(2);
    await checkLogs(t);
  });
});

/** What a superuser who has got past the guards may do, and undone afterwards. */
async function damaged(statement: string, look: () => Promise<void>): Promise<void> {
  const keep = ["leaf", "head"];
  for (const table of keep)
    await t.adminSql(`create temp table kept_${table} as select * from audit.${table} where tenant_id = '${acme.id}'`);
  await t.adminSql("alter table audit.leaf disable trigger append_only");
  await t.adminSql(statement.replaceAll("$1", `'${acme.id}'`));
  await look();
  for (const table of keep) {
    await t.adminSql(`delete from audit.${table} where tenant_id = '${acme.id}'`);
    await t.adminSql(`insert into audit.${table} select * from kept_${table}`);
    await t.adminSql(`drop table kept_${table}`);
  }
  await t.adminSql("alter table audit.leaf enable always trigger append_only");
}

it("case 34: a place in the log is on disk, also where the login was told not to wait for it", async () => {
  const database = t.role("sequencer");
  const name = new URL(t.urls.sequencer).pathname.slice(1);
  await t.adminSql(`alter database ${name} set synchronous_commit = off`);
  const setting = await database.transaction((tx) =>
    tx.one(sql`select current_setting('synchronous_commit') as now`, z.object({ now: z.string() })),
  );
  await t.adminSql(`alter database ${name} reset synchronous_commit`);
  expect(setting).toEqual({ now: "on" });
});

it("the sequencer sees no leaf's bytes and no body", async () => {
  const database = t.role("sequencer");
  for (const statement of [
    sql`select leaf from audit.entry`,
    sql`select ct from audit.body`,
    sql`select * from platform.tenant`,
  ])
    await expect(database.transaction((tx) => tx.run(statement))).rejects.toMatchObject({ sqlState: "42501" });
});
