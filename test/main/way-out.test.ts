// A client's way out as the program wires it: the local GitHub, real folders, keys, logs, and the holder of the log's key.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openBroker, sha256, verifyEd25519 } from "#audit/io";
import { scene, serveWorld } from "#demo/world";
import { appId, PLATFORM_LOG } from "#kernel";
import { createGitHub, installationsOf } from "#platform/github";
import { withOperator } from "#platform/postgres";
import { clientFiles } from "#tenants";
import {
  drive,
  listTenants,
  offboard,
  openClients,
  readCertificateOf,
  registerFiles,
  setSecret,
  sweepAssets,
  type OffboardParts,
} from "#tenants/io";
import { checkCertificate, parseVkey } from "#verifier";
import { wayOut } from "../../src/main/offboarding.ts";
import { sampleEntry } from "../support/attack.ts";
import { NOWHERE } from "../mail/stage.ts";
import { testDatabase } from "../support/database.ts";
import { offboarding, SERVER } from "../support/offboarding.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const way = await offboarding(t);
const clientsDir = mkdtempSync(join(tmpdir(), "countersign-way-out-"));
const clients = await openClients(clientsDir);
const given = scene();
const running = await serveWorld(given.world);
const { broker, close } = openBroker(`${clientsDir}-broker`, "log.example");
afterAll(async () => {
  close();
  await running.close();
  for (const path of [clientsDir, `${clientsDir}-broker`]) rmSync(path, { recursive: true, force: true });
});
const installations = installationsOf(
  createGitHub({
    appId: appId(given.appId) ?? expect.unreachable(),
    privateKey: given.privateKey,
    baseUrl: given.world.urls.api,
  }),
);
const acme = await t.tenant("acme", given.installation);
const globex = await t.tenant("globex", given.installation + 1);
const access = { ...t.operator, keys: t.keys, clients };

async function furnished({ id, prefix }: { readonly id: typeof acme.id; readonly prefix: string }): Promise<void> {
  const all = await withOperator(t.operator, listTenants);
  const files = clientFiles(all.find(({ tenantId }) => tenantId === id) ?? expect.unreachable());
  await registerFiles(t.operator, clients, { tenant: id, prefix }, files);
  made = (await clients.scaffold(prefix, files)).length;
  await setSecret(access, { tenant: id, prefix, name: "TOKEN", value: "s3cret", by: SERVER });
}
/** Files of a scaffold. */
let made = 0;
const sweep = () => sweepAssets({ verifier: t.role("verifier"), clients, kms: t.kms, github: null });
const parts: OffboardParts = await wayOut({
  operator: { adminUrl: t.urls.admin, claimKey: t.claimKey },
  append: t.append,
  database: t.db,
  verifier: t.role("verifier"),
  installations,
  leases: null,
  keys: t.keys,
  kms: t.kms,
  clientsDir,
  channels: { slackUrl: "http://127.0.0.1:1/", graph: NOWHERE },
  backupDays: 30,
  broker: async () => broker,
  by: SERVER,
});
const atGithub = () => given.world.installations.get(given.installation);

describe("R1 R2 a client's way out, as the program wires it", () => {
  it("R1 the order shuts it at once, and its installation at GitHub", async () => {
    await furnished(acme);
    await furnished(globex);
    for (let n = 0; n < 3; n += 1) await t.db.withTenant(acme.claim, (tx) => t.append(tx, sampleEntry(n)));
    writeFileSync(join(clientsDir, "acme/constitution/ours.md"), "be kind\n");
    expect(await sweep()).toEqual([]);
    expect(
      (await offboard(t.operator, { prefix: "acme", tenantId: acme.id, reason: "contract ended", by: SERVER })).kind,
    ).toBe("ordered");
    await way.witness(acme);
    expect((await drive(parts, acme.id, false)).kind).toBe("window");
    expect(await t.db.claimFor(acme.id)).toBeNull();
    expect(atGithub()?.suspended).not.toBeNull();
    expect(await sweep(), "what is shut has its assets still").toEqual([]);
  });

  it("R2 the hard phase leaves nothing: not at GitHub, not in its folder, not in the key store, not in the register", async () => {
    await way.after(acme, 301);
    await way.witness({ id: PLATFORM_LOG });
    expect(await drive(parts, acme.id, false)).toEqual({ kind: "gone" });
    expect(atGithub()?.deleted).toBe(true);
    expect(existsSync(join(clientsDir, "acme"))).toBe(false);
    expect(await t.kms.list()).not.toContain(acme.id);
    expect(await t.adminSql("select 1 from platform.tenant_asset where tenant_id = $1", [acme.id])).toEqual([]);
    expect(await sweep()).toEqual([]);
  });

  it("R2 the certificate says what went, and verifies with the log's key alone", async () => {
    const key = parseVkey(sha256, (await broker.identity()).vkey) ?? expect.unreachable();
    const text = (await readCertificateOf(t.operator, t.audit.entryById, { prefix: "acme" }))?.text ?? "";
    const checked = await checkCertificate({ sha256, verify: verifyEd25519 }, text, key);
    expect(checked).toMatchObject({
      kind: "verified",
      certificate: {
        tenant: acme.id,
        assets: { file: made, folder: 1, installation: 1, kek: 1 },
        override: null,
      },
    });
    expect(text).not.toMatch(/acme|s3cret|be kind/);
    expect(text).not.toContain(`${given.installation}`);
  });

  it("T2 the other client has all it had", async () => {
    const claim = (await t.db.claimFor(globex.id)) ?? expect.unreachable();
    expect((await t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 10 }))).map(({ kind }) => kind)).toEqual([
      "secret.set",
      "tenant.bind_installation",
      "tenant.onboard",
    ]);
    expect(await clients.files("globex")).toHaveLength(made);
    await checkWorld(t);
  });
});
