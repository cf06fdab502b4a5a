// O14: a backup of the whole server, taken before a client left, is put back a week after it is gone. Real files, a real server.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import { openBroker, sha256, verifyEd25519 } from "#audit/io";
import { installationId, PLATFORM_LOG } from "#kernel";
import { withOperator } from "#platform/postgres";
import { replayAtStart } from "../../../src/main/erasures.ts";
import { STAYS } from "../../../src/tenants/reviewed.ts";
import {
  bindInstallation,
  createCertificates,
  listTenants,
  openSecret,
  orderAgain,
  readCertificateOf,
  rowsOf,
  setSecret,
} from "#tenants/io";
import { checkCertificate, parseVkey } from "#verifier";
import { sampleEntry } from "../../support/attack.ts";
import { offboarding, SERVER } from "../../support/offboarding.ts";
import { logOnServer } from "../../support/own-cluster.ts";

const log = await logOnServer();
const { server, audit, keys, kms } = log;
const operator = { adminUrl: server.access.adminUrl, claimKey: server.access.claimKey, append: audit.append };
const t = { operator, db: log.database, role: log.role, keys, kms, adminSql: log.adminSql };
const way = await offboarding(t);
const folder = mkdtempSync(join(tmpdir(), "countersign-backup-"));
const { broker, close } = openBroker(join(folder, "broker"), "log.example");
afterAll(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});
const by = SERVER;
const parts = { certificate: createCertificates({ access: operator, signer: broker, by, stays: STAYS }) };
const [found] = await withOperator(operator, listTenants);
const seven = installationId(7) ?? expect.unreachable();
const acme = {
  id: found?.tenantId ?? expect.unreachable(),
  prefix: "acme",
  installation: seven,
  claim: log.claim,
};

function copied(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  const done = spawnSync("cp", ["-a", from, to], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
}
const backup = join(folder, "data");
const text = async (): Promise<string> =>
  (await readCertificateOf(operator, audit.entryById, { tenantId: acme.id }))?.text ?? "";
async function leaves(): Promise<void> {
  await way.witness({ id: acme.id });
  await way.witness({ id: PLATFORM_LOG });
  await way.drive(acme, parts);
  await way.after(acme, 301);
  expect(await way.drive(acme, parts)).toEqual({ kind: "gone" });
}

describe("O14 R2 case 67: a backup from before a client's erasure is restored", () => {
  let first = "";

  it("the client leaves, after the backup was taken", async () => {
    await bindInstallation(operator, { tenant: acme.id, installation: seven, by });
    for (let n = 0; n < 5; n += 1) await t.db.withTenant(log.claim, (tx) => audit.append(tx, sampleEntry(n)));
    const access = { ...operator, keys, clients: way.clients };
    await setSecret(access, { tenant: acme.id, prefix: "acme", name: "TOKEN", value: "s3cret", by });
    copied(join(way.clients.directory, "acme"), join(folder, "acme"));
    await server.stop();
    copied(server.data, backup);
    await server.start();
    expect((await way.order(acme)).kind).toBe("ordered");
    await leaves();
    first = await text();
    expect(first).not.toBe("");
  });

  it("restored: its rows are there again, and nothing of them opens", async () => {
    await server.stop();
    copied(backup, server.data);
    copied(join(folder, "acme"), join(way.clients.directory, "acme"));
    await server.start();
    const [row] = await t.adminSql("select state from platform.tenant where id = $1", [acme.id]);
    expect(row).toEqual({ state: "active" });
    const claim = (await t.db.claimFor(acme.id)) ?? expect.unreachable();
    const { entries, secret } = await t.db.withTenant(claim, async (tx) => {
      const ids = (await audit.recent(tx, { limit: 20 })).map(({ id }) => id);
      return {
        entries: await audit.entriesById(tx, ids),
        secret: await openSecret({ clients: way.clients, keys }, tx, { prefix: "acme", name: "TOKEN" }),
      };
    });
    expect(entries.length).toBeGreaterThan(5);
    expect(new Set(entries.map(({ op }) => op.kind))).toEqual(new Set(["erased"]));
    expect(secret).toMatchObject({ kind: "refused" });
  });

  it("a server without the operator's access says so at its start, by the tenant's id", async () => {
    const said: unknown[] = [];
    const loud = pino({ level: "error" }, { write: (line: string) => void said.push(JSON.parse(line)) });
    await replayAtStart({ operator: null, database: t.db }, { audit, kms }, loud);
    expect(said).toMatchObject([{ tenant: acme.id, msg: expect.stringContaining("a backup was restored") }]);
  });

  it("at the next start nobody has access to them, and their erasure is ordered again, once", async () => {
    await replayAtStart({ operator, database: t.db }, { audit, kms }, pino({ level: "silent" }));
    const [row] = await t.adminSql(
      "select state, hard_after is not null as leaving from platform.tenant where id = $1",
      [acme.id],
    );
    expect(row).toEqual({ state: "suspended", leaving: true });
    expect(await t.db.claimFor(acme.id)).toBeNull();
    expect(await t.db.claimForInstallation(seven)).toBeNull();
    expect(await orderAgain(operator, { kms, by })).toEqual([]);
  });

  it("it ends as it ended before: no row, no file, and the certificate that was signed then", async () => {
    await leaves();
    expect(await text()).toBe(first);
    const key = parseVkey(sha256, (await broker.identity()).vkey) ?? expect.unreachable();
    expect(await checkCertificate({ sha256, verify: verifyEd25519 }, await text(), key)).toMatchObject({
      kind: "verified",
    });
    expect(await way.clients.folders()).toEqual([]);
    const left = await log.role("auditor").transaction((tx) => rowsOf(tx, acme.id));
    expect(Object.entries(left).filter(([, count]) => count > 0)).toEqual([]);
    expect(await orderAgain(operator, { kms, by })).toEqual([]);
  });
});
