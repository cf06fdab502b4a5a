// The sequencer's own login, in the wrong hands, lets the sequencer believe that it has seen what it has not: an entry that was
// acknowledged would never be in any tree.

import sql from "sql-template-tag";
import { beforeAll, describe, expect, it } from "vitest";
import { checkContiguity } from "#audit/io";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { pastEntry } from "../support/sequenced.ts";
import { drain, sequencing } from "../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
const HOUR = 3_600_000;
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  await log.epoch();
});

const check = () => checkContiguity(t.role("verifier"));
const place = async (): Promise<unknown> =>
  (
    await t.adminSql(
      "select count(*)::int as n from audit.entry e left join audit.leaf l using (tenant_id, entry_id) where l.entry_id is null",
    )
  )[0]?.["n"];

describe("A1 an entry that the sequencer was made to pass over", () => {
  it("is found by the comparison after a quarter of an hour, and gets its place once the sequencer looks at everything", async () => {
    expect(await check()).toEqual([]);
    await pastEntry(t, acme.id, new Date(Date.now() - HOUR));
    await t.role("sequencer").transaction((tx) => tx.run(sql`update audit.sequencer set seen = pg_current_snapshot()`));
    expect(await drain(await log.open())).toBe(0);
    expect(await place()).toBe(1);
    expect(await check()).toEqual([expect.stringMatching(`t/${acme.id}: 1 entries .* have no place in the log`)]);
    // As the runbook says.
    await t.adminSql("update audit.sequencer set seen = null, low_xid = '0'");
    expect(await drain(await log.open())).toBe(1);
    expect(await check()).toEqual([]);
  });

  it("one that is new is no reason for an alarm", async () => {
    await t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry("new")));
    expect(await place()).toBe(1);
    expect(await check()).toEqual([]);
  });

  it("moved far ahead, the place is another database's: the sequencer looks at everything by itself", async () => {
    await t
      .role("sequencer")
      .transaction((tx) => tx.run(sql`update audit.sequencer set seen = '900000000:900000000:'`));
    const successor = await log.open();
    expect(successor.restored).toBe(true);
    await drain(successor);
    expect(await place()).toBe(0);
  });
});
