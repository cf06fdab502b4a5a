import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { databaseSource, directorySource, retire } from "#audit/io";
import { instantOfMillis } from "#kernel";
import { NOTHING_PINNED, verify } from "#verifier";
import { OPTIONS } from "../../support/audit-log/judge.ts";
import { testDatabase } from "../../support/database.ts";
import { pastEntry, pastMonth, wormCopy } from "../../support/sequenced.ts";
import { sequencing } from "../../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
const worm = mkdtempSync(join(tmpdir(), "countersign-worm-"));
afterAll(() => rmSync(worm, { recursive: true, force: true }));
const now = new Date();
const old = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 15, 15));

const retired = () =>
  retire({
    access: t.operator,
    append: t.append,
    by: { type: "operator", id: "test" },
    observer: { type: "app", id: "countersign" },
    requestId: "retention",
    verifier: t.role("verifier"),
    worm: directorySource(worm),
    now: instantOfMillis(now.getTime()),
    months: 13,
    dryRun: false,
  });

describe("A3 a month that went by the rules is no tampering to whoever reads one log alone", () => {
  it("a log whose tenant is suspended takes no entry that says so: its month stays, and so do the others'", async () => {
    const [acme, globex] = [await t.tenant("acme", 1), await t.tenant("globex", 2)];
    await pastMonth(t, old.toISOString().slice(0, 7));
    for (const tenant of [acme, acme, globex]) await pastEntry(t, tenant.id, old);
    await log.epoch();
    for (const tenant of [acme, globex]) await wormCopy(t, tenant.id, worm);
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [globex.id]);
    expect(await retired()).toMatchObject([{ kind: "kept", why: [expect.stringContaining(globex.id)] }]);
    await t.adminSql("update platform.tenant set state = 'active', epoch = epoch + 1 where id = $1", [globex.id]);
    const drops = "select from audit.entry where convert_from(leaf, 'UTF8')::json ->> 'kind' = 'retention.drop'";
    expect(await t.adminSql(drops)).toEqual([]);

    expect(await retired()).toMatchObject([{ kind: "dropped", entries: 3 }]);
    await log.epoch();
    for (const [tenant, gone] of [
      [acme, 2],
      [globex, 1],
    ] as const) {
      const source = databaseSource({ database: t.role("auditor"), bodies: true });
      const report = await verify(source, NOTHING_PINNED, { ...OPTIONS, now: Date.now(), tenants: [tenant.id] });
      expect(report.verdicts.flatMap((verdict) => verdict.findings)).toEqual([]);
      expect(report.counts.leavesErased).toBe(gone);
      expect(report.notProven).toContainEqual(expect.stringContaining("retention.drop"));
    }
  });
});
