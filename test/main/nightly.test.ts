import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createReading, exportLogs } from "#audit/io";
import { PLATFORM_LOG } from "#kernel";
import { opened } from "../../src/main/lifecycle.ts";
import { lookNightly, nightlyFindings } from "../../src/main/nightly.ts";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { sequencing } from "../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
const worm = mkdtempSync(join(tmpdir(), "countersign-worm-"));
afterAll(() => rmSync(worm, { recursive: true, force: true }));
let acme: TestTenant;
const tile = (): string => join(worm, `t/${acme.id}/tile/0/000.p/5`);

beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  await t.db.withTenant(acme.claim, async (tx) => {
    for (let n = 0; n < 3; n += 1) await t.append(tx, sampleEntry(n));
  });
  await log.epoch();
  const platform = await t.db.claimFor(PLATFORM_LOG);
  if (platform === null) throw new Error("the platform has no log");
  const done = await exportLogs(
    { database: t.db, reading: createReading(t.audit), clock: Date.now, say: () => {} },
    {
      logs: [
        { tenantId: acme.id, prefix: "acme", claim: async () => acme.claim },
        { tenantId: PLATFORM_LOG, prefix: "platformlog", claim: async () => platform },
      ],
      directory: worm,
      to: { initiator: { type: "operator", id: "ada" }, requestId: "export-1" },
    },
  );
  expect(done.kind).toBe("exported");
});

describe("case 64: each night a running server holds the copy in WORM storage against the database", () => {
  it("says nothing where both are the same, nor where there is no copy to look at", async () => {
    expect(await nightlyFindings(t.role("verifier"), worm)).toEqual([]);
    expect(await nightlyFindings(t.role("verifier"), null)).toEqual([]);
  });

  it("names what differs; a copy that cannot be read is no copy that agrees", async () => {
    writeFileSync(tile(), Buffer.alloc(5 * 32));
    expect(await nightlyFindings(t.role("verifier"), worm)).toEqual([
      `t/${acme.id}/tile/0/000.p/5 of the WORM copy is not what the database has.`,
    ]);
    expect(await nightlyFindings(t.role("verifier"), join(worm, "gone"))).toEqual([
      expect.stringContaining("cannot be read"),
    ]);
  });

  it("R2 names what was made for clients and is not there, or is nobody's", async () => {
    const clientsDir = mkdtempSync(join(tmpdir(), "countersign-estate-"));
    mkdirSync(join(clientsDir, "initech"));
    const found = await nightlyFindings(t.role("verifier"), null, { clientsDir, kms: t.kms, github: null });
    rmSync(clientsDir, { recursive: true });
    expect(found).toEqual([
      "clients/initech/ belongs to no client.",
      `The folder of tenant ${acme.id} is registered and not there.`,
    ]);
  });

  it("what it finds is an alarm in the platform's own log", async () => {
    const resources = opened(pino({ level: "silent" }));
    lookNightly({
      verifierUrl: t.urls.verifier,
      worm,
      estate: { clientsDir: worm, kms: t.kms, github: null },
      database: t.db,
      append: t.append,
      log: pino({ level: "silent" }),
      resources,
    });
    const alarms = async () => {
      const claim = await t.db.claimFor(PLATFORM_LOG);
      if (claim === null) throw new Error("the platform has no log");
      return t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 5, kinds: ["platform.alarm"] }));
    };
    await vi.waitFor(async () => expect(await alarms()).toHaveLength(1), { timeout: 10_000 });
    expect((await alarms())[0]).toMatchObject({
      body: { payload: { alarm: "nightly", message: expect.stringContaining("is not what the database has") } },
    });
    await resources.close();
  });
});
