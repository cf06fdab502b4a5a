import { beforeAll, describe, expect, it } from "vitest";
import { proofFile } from "#audit";
import { databaseSource, proveEntry } from "#audit/io";
import { entryId } from "#kernel";
import {
  ed25519,
  NOTHING_PINNED,
  parseVkey,
  sha256,
  verify,
  verifyEntryProof,
  type Pinned,
  type Report,
} from "#verifier";
import { sampleEntry } from "../../support/attack.ts";
import { OPTIONS, stateOf } from "../../support/audit-log/judge.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { sequencing } from "../../support/sequencing.ts";

const t = await testDatabase();
const log = sequencing(t);
let acme: TestTenant;
const append = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry(`e${i}`)));
};
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  await append(300);
  await log.epoch();
  await log.epoch();
});

const source = (bodies = true) =>
  bodies
    ? databaseSource({ database: t.role("auditor"), bodies })
    : databaseSource({ database: t.role("verifier"), bodies });
const pinned = async (): Promise<Pinned> => ({
  ...NOTHING_PINNED,
  key: parseVkey(sha256, (await log.broker.identity()).vkey),
});
const check = async (
  more: Partial<Pinned> = {},
  options: Partial<typeof OPTIONS> = {},
  bodies = true,
): Promise<Report> =>
  verify(source(bodies), { ...(await pinned()), ...more }, { ...OPTIONS, now: Date.now(), ...options });

describe("the checklist against the database (A1, A2)", () => {
  it("as the auditor: every verdict, with sealed bodies", async () => {
    const report = await check();
    expect(report.verdicts.flatMap(({ findings, gaps }) => [...findings, ...gaps.filter((gap) => gap.blocks)])).toEqual(
      [],
    );
    expect(stateOf(report)).toBe("verified: verified, not_checked, verified, verified, verified");
    expect(report.counts.bodies).toBeGreaterThanOrEqual(300);
    expect(report.counts.logs).toBe(2);
  });

  it("as the verifier: hashes and no body, and it says so", async () => {
    const report = await check({}, {}, false);
    expect(report.state).toBe("not_checked");
    expect(report.verdicts[3]?.gaps[0]?.what).toContain("bodies");
    expect((await check({}, { bodies: false }, false)).state).toBe("verified");
  });

  it("the next run reads only what is new", async () => {
    const { held } = await check();
    await append(10);
    await log.epoch();
    const report = await check({ held });
    expect(stateOf(report)).toBe("verified: verified, verified, verified, verified, verified");
    expect(report.counts.entries).toBeLessThan(20);
    expect(report.counts.epochs).toBe(1);
  });

  it("an entry of the database, proven from a file alone", async () => {
    const [row] = await t.adminSql("select entry_id from audit.leaf where tenant_id = $1 and idx = 17", [acme.id]);
    const id = entryId(String(row?.["entry_id"]));
    if (id === null) throw new Error("there is no entry 17");
    const proof = await t.role("verifier").transaction((tx) => proveEntry(tx, { tenantId: acme.id, entryId: id }));
    if (proof.kind !== "proven") throw new Error(proof.kind);
    const { key } = await pinned();
    if (key === null) throw new Error("no key");
    const verdict = await verifyEntryProof(
      { sha256, verify: ed25519(crypto.subtle) },
      proofFile(proof, proof.checkpoint.note),
      key,
      null,
    );
    expect(verdict).toMatchObject({ kind: "proven", index: 17, leaf: { id } });
  });

  it("entries newer than the last checkpoint are not yet a matter of verification", async () => {
    await append(3);
    await log.sequence();
    expect((await check()).state).toBe("verified");
  });
});
