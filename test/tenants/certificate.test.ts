// A certificate issued against a real log and the real holder of the key: once, and the same however often it is asked for.

import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { openBroker, sha256, verifyEd25519 } from "#audit/io";
import { entryId, instantOfMillis, PLATFORM_LOG } from "#kernel";
import { withOperator } from "#platform/postgres";
import type { CertificateFacts } from "#tenants";
import { createCertificates, readCertificateOf, tombstone } from "#tenants/io";
import { checkCertificate, parseVkey } from "#verifier";
import { testDatabase } from "../support/database.ts";
import { temporaryDirectory } from "../support/program.ts";

const t = await testDatabase();
const { broker, close } = openBroker(temporaryDirectory(), "log.example");
afterAll(close);
const acme = await t.tenant("acme", 7);
const globex = await t.tenant("globex", 8);
const by = { operator: { type: "operator", id: "kim" }, requestId: "r" } as const;
const stays = { "audit.leaf": "hashes of entries" };
const certificates = createCertificates({ access: t.operator, signer: broker, by, stays });
const key = parseVkey(sha256, (await broker.identity()).vkey) ?? expect.unreachable();
const order = entryId("0190c2a4-0000-7000-8000-0000000000aa") ?? expect.unreachable();
const at = (seconds: number) => instantOfMillis(Date.UTC(2026, 10, 21, 10, 0, seconds));

const facts: CertificateFacts = {
  tenantId: acme.id,
  prefix: "acme",
  orderLog: acme.id,
  orderId: order,
  orderedAt: at(0),
  hardAfter: at(300),
  steps: [
    { step: "provider_revoked", at: at(301), detail: { gone: 1 } },
    { step: "files_removed", at: at(302), detail: { assets: { folder: 1, file: 3, kek: 1 } } },
  ],
  rows: { "gate.verdict": 7 },
  keys: [`kek of ${acme.id}`],
  log: { size: 2, root: "cd".repeat(32) },
  checks: (["a", "b", "c", "d", "e", "f", "g", "h", "i"] as const).map((id) => ({
    id,
    what: `look ${id}`,
    result: "pass",
    found: [],
  })),
  horizon: at(4_000),
  override: null,
};
const told = async () => {
  const claim = (await t.db.claimFor(PLATFORM_LOG)) ?? expect.unreachable();
  return t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 10, kinds: ["tenant.certificate"] }));
};
const read = (of: Parameters<typeof readCertificateOf>[2]) => readCertificateOf(t.operator, t.audit.entryById, of);

describe("R2 a certificate is issued", () => {
  it("fails closed: for a tenant that is not gone nothing is signed", async () => {
    await expect(certificates.issue(facts)).rejects.toThrow(/is active, and not gone/);
    expect({ told: await told(), read: await read({ tenantId: acme.id }) }).toEqual({ told: [], read: null });
  });

  it("O6 once: asked again, or with other facts after a crash, it is the one that was signed first", async () => {
    await t.adminSql("update platform.tenant set state = 'purged' where id = $1", [acme.id]);
    const crashing = createCertificates({
      access: { ...t.operator, append: () => Promise.reject(new Error("the lights go out")) },
      signer: broker,
      by,
      stays,
    });
    await expect(crashing.issue(facts)).rejects.toThrow("the lights go out");
    const { id } = await certificates.issue({ ...facts, rows: { "gate.verdict": 6 } });
    expect(await certificates.issue(facts)).toEqual({ id });
    expect((await told()).map((entry) => entry.id)).toEqual([id]);
    const kept = await read({ tenantId: acme.id });
    const checked = await checkCertificate({ sha256, verify: verifyEd25519 }, kept?.text ?? "", key);
    expect(checked).toMatchObject({
      kind: "verified",
      certificate: {
        tenant: acme.id,
        rows: { "gate.verdict": 7 },
        assets: { folder: 1, file: 3, kek: 1 },
        order: { id: order, at: "2026-11-21T10:00:00.000Z" },
        stays,
      },
    });
    expect(kept?.text).not.toContain("acme");
  });

  it("is found by the name that the tenant had, which stands nowhere", async () => {
    expect((await read({ prefix: "acme" }))?.tenantId).toBe(acme.id);
    expect(await read({ prefix: "globex" })).toBeNull();
    const [row] = await t.adminSql("select * from platform.tombstone");
    expect(JSON.stringify(row)).not.toContain("acme");
    expect(row).toMatchObject({
      tenant_id: acme.id,
      rows_deleted: "7",
      assets_removed: "5",
      keys_destroyed: 1,
      log_size: "2",
    });
    const text = (await read({ tenantId: acme.id }))?.text ?? "";
    expect(row?.["certificate_sha256"]).toEqual(createHash("sha256").update(text).digest());
    expect(await withOperator(t.operator, (tx) => tombstone(tx, { tenantId: globex.id }))).toBeNull();
  });

  it("the hash of a name is HMAC-SHA256 under a key that no role reads", async () => {
    const client = await t.adminClient();
    for (const role of ["app", "operator", "verifier", "auditor", "sequencer"]) {
      await client.query(`set role countersign_${role}`);
      await expect(client.query("select * from keyring.tombstone_key"), role).rejects.toThrow(/permission denied/);
      await client.query("reset role");
    }
    const { rows } = await client.query<{ same: boolean }>(`
      select platform.prefix_hmac('acme') = platform.prefix_hmac('acme') and platform.prefix_hmac('acme') <> platform.prefix_hmac('acmf') as same`);
    expect(rows).toEqual([{ same: true }]);
  });
});
