import sql from "sql-template-tag";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { TenantTx } from "#platform/postgres";
import { attack, sampleEntry, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
});
afterEach(async () => {
  await checkWorld(t);
});

const insert = `insert into audit.entry (tenant_id, entry_id, leaf)
  select app.tid(), id, convert_to(format('{"id":"%s","log":"%s","ts":"%s"}', id, app.tid(), to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'UTF8')
  from platform.uuidv7() as id`;

describe("case 34 (A1): an entry is durable before it is acknowledged", () => {
  // These rows have no body, which checkWorld would report: nothing here may be committed.
  it("synchronous_commit = off is refused at commit", async () => {
    expect(await attack(s.app, s.acme.claim.text, "set local synchronous_commit = off", insert)).toMatchObject({
      refused: "42501",
      message: expect.stringContaining("synchronous_commit"),
    });
  });

  it("switched off after the insert: refused all the same", async () => {
    expect(await attack(s.app, s.acme.claim.text, insert, "set local synchronous_commit = off")).toMatchObject({
      refused: "42501",
    });
  });

  it("the check cannot be taken away by the app", async () => {
    expect(
      await attack(s.app, s.acme.claim.text, "alter table audit.entry disable trigger durable_commit"),
    ).toMatchObject({ refused: "42501" });
  });
});

describe("case 34 (A1): the check at commit can be got round, and then the sequencer's own commit is what makes it durable", () => {
  const flushed = async (): Promise<string> =>
    String((await t.adminSql("select pg_current_wal_flush_lsn()::text as lsn"))[0]?.["lsn"]);
  const reached = async (lsn: string): Promise<unknown> =>
    (await t.adminSql("select pg_wal_lsn_diff($1, $2) >= 0 as reached", [await flushed(), lsn]))[0]?.["reached"];

  const off = sql`select set_config('synchronous_commit', 'off', true)`;
  const early = sql`set constraints all immediate`;
  const byName = sql`set constraints audit.durable_commit immediate`;
  const entry = (tx: TenantTx): Promise<unknown> => t.append(tx, sampleEntry("acknowledged too early"));

  it.each<[string, (tx: TenantTx) => Promise<unknown>]>([
    [
      "checked after the insert, then switched off",
      async (tx) => [await entry(tx), await tx.run(early), await tx.run(off)],
    ],
    ["checked at once, then switched off", async (tx) => [await tx.run(early), await entry(tx), await tx.run(off)]],
    ["by the constraint's name", async (tx) => [await entry(tx), await tx.run(byName), await tx.run(off)]],
  ])("%s: it commits without waiting, and the next batch flushes it", async (_name, act) => {
    await t.db.withTenant(s.acme.claim, act);
    const [row] = await t.adminSql("select pg_current_wal_insert_lsn()::text as lsn");
    await t.role("sequencer").transaction((tx) => tx.run(sql`update audit.sequencer set epoch = epoch`));
    expect(await reached(String(row?.["lsn"]))).toBe(true);
  });

  it("the sequencer cannot commit without waiting", async () => {
    const batch = t.role("sequencer").transaction(async (tx) => {
      await tx.run(sql`select set_config('synchronous_commit', 'off', true)`);
      await tx.run(sql`update audit.sequencer set epoch = epoch`);
    });
    await expect(batch).rejects.toMatchObject({ sqlState: "42501" });
  });
});
