// An older backup of the database, beside a signer that remembers. Its own file: the log of this database is lost on purpose.

import { describe, expect, it } from "vitest";
import { compareWithSigner, runSequencer, type SequencerAlarm } from "#audit/io";
import { sampleEntry } from "../../support/attack.ts";
import { testDatabase } from "../../support/database.ts";
import { drain, sequencing } from "../../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
const acme = await t.tenant("acme", 1);

const append = () => t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry("x")));
const TABLES = [
  "leaf",
  "tile",
  "partial_tile",
  "head",
  "head_at",
  "tenant_checkpoint",
  "checkpoint",
  "epoch_slots",
  "epoch_tile",
  "epoch_partial_tile",
  "epoch",
];

/** What a restore of the backup would do to these tables. */
async function restore(): Promise<void> {
  for (const table of TABLES) {
    await t.adminSql(`alter table audit.${table} disable trigger all`);
    await t.adminSql(`delete from audit.${table}`);
  }
  for (const table of TABLES.toReversed()) {
    const [{ columns } = {}] = await t.adminSql(
      "select string_agg(quote_ident(attname), ', ') as columns from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
      [`audit.${table}`],
    );
    await t.adminSql(`insert into audit.${table} (${String(columns)}) select ${String(columns)} from backup_${table}`);
    await t.adminSql(`alter table audit.${table} enable trigger all`);
  }
  await t.adminSql("update audit.sequencer set seen = null, low_xid = '0'");
}

describe("A3 a database that is behind what was signed", () => {
  it("case 22: an older backup: start-up compares with the signer's store and refuses", async () => {
    await append();
    await log.epoch();
    for (const table of TABLES) await t.adminSql(`create temp table backup_${table} as select * from audit.${table}`);
    await append();
    await log.epoch();
    await restore();
    await expect(compareWithSigner(t.role("sequencer"), log.broker)).rejects.toMatchObject({
      code: "log_diverged",
      message: expect.stringContaining("the last checkpoint of log.example/epochs has 2 leaves"),
    });
  });

  it("case 22, beneath a server that runs: it is known as soon as the connection is new, an hour before the next epoch is due", async () => {
    const told = Promise.withResolvers<SequencerAlarm>();
    const running = runSequencer({ ...log.parts, epochEveryMs: 3_600_000, onAlarm: told.resolve });
    expect(running.diverged()).toBe(false);
    expect(await told.promise).toMatchObject({ kind: "diverged" });
    expect(running.diverged(), "so that nothing is told by what is long past").toBe(true);
    await running.stop();
  });

  it("case 23: new entries over the gap: a fork, and the signer does not sign it", async () => {
    await append();
    const sequencer = await log.open();
    await drain(sequencer);
    await expect(sequencer.epoch()).rejects.toMatchObject({ code: "log_diverged" });
    const [{ signed } = {}] = await t.adminSql("select count(*)::int as signed from audit.checkpoint");
    expect(signed).toBe(1);
    await expect(compareWithSigner(t.role("sequencer"), log.broker)).rejects.toMatchObject({ code: "log_diverged" });
  });
});
