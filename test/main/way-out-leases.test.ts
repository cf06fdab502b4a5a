// What a client that leaves still has on lease: ended over the lease broker's socket, as the program wires it, at the local GitHub.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openBroker } from "#audit/io";
import { scene, serveWorld } from "#demo/world";
import { appId, PLATFORM_LOG, repositoryId } from "#kernel";
import { egressHosts } from "#leases";
import { connectLeases, createGitHubProvider, serveEgress, serveLeases, type ConnectedLeases } from "#leases/io";
import { createGitHub, installationsOf } from "#platform/github";
import { drive, offboard, overrideProvider } from "#tenants/io";
import { wayOut } from "../../src/main/offboarding.ts";
import { NOWHERE } from "../mail/stage.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { leaseLab } from "../support/leases.ts";
import { ADA, offboarding, SERVER } from "../support/offboarding.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const way = await offboarding(t);
const given = scene();
const running = await serveWorld(given.world);
const directory = mkdtempSync(join(tmpdir(), "countersign-leave-"));
const { broker: signer, close } = openBroker(join(directory, "broker"), "log.example");
const { api } = given.world.urls;
const github = createGitHub({ appId: appId(given.appId) ?? expect.unreachable(), privateKey: given.privateKey, baseUrl: api }); // prettier-ignore
const lab = await leaseLab(t);
afterAll(async () => {
  close();
  await running.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A broker of its own, behind a socket. */
async function leased(name: string) {
  const providers = { ...lab.providers, github: createGitHubProvider(github.leases) };
  const broker = await lab.start({ providers });
  const socket = join(directory, `${name}.sock`);
  const served = await serveLeases(broker, socket, (error) => lab.faults.push(error));
  const leases = connectLeases(socket);
  afterAll(async () => {
    leases.close();
    await served.stop();
  });
  return { broker, leases, served };
}

const parts = (leases: ConnectedLeases | null) =>
  wayOut({
    operator: { adminUrl: t.urls.admin, claimKey: t.claimKey },
    append: t.append,
    database: t.db,
    verifier: t.role("verifier"),
    installations: installationsOf(github),
    leases,
    keys: t.keys,
    kms: t.kms,
    clientsDir: join(directory, "clients"),
    channels: { slackUrl: "http://127.0.0.1:1/", graph: NOWHERE },
    backupDays: 30,
    broker: async () => signer,
    by: SERVER,
  });
const order = ({ prefix, id }: TestTenant) =>
  offboard(t.operator, { prefix, tenantId: id, reason: "contract ended", by: ADA });
const rows = (tenant: TestTenant) =>
  t.adminSql("select state, because from leases.lease where tenant_id = $1 order by lease_id", [tenant.id]);
const living = () => [...given.world.tokens.values()].filter(({ revoked }) => !revoked);

it("O1 a lease that is in use dies with the order: handle and token, before its installation is suspended", async () => {
  const acme = await t.tenant("acme", given.installation);
  const { broker, leases } = await leased("acme");
  const egress = await serveEgress({ leases: broker, hosts: egressHosts(api) });
  const app = [...given.world.repositories.values()].find(({ name }) => name === "app") ?? expect.unreachable();
  const asked = await leases.ask(
    lab.request(acme, {
      scope: {
        kind: "github",
        installation: acme.installation,
        repositories: [repositoryId(app.id) ?? expect.unreachable()],
        permissions: { pull_requests: "write" },
      },
    }),
  );
  const { handle } = asked.kind === "leased" ? asked : expect.unreachable();
  const use = async (): Promise<number> =>
    (await fetch(`${egress.url}/api/repos/acme/app/pulls/${given.number}`, { headers: { authorization: `Bearer ${handle}` } })).status; // prettier-ignore
  expect(await use()).toBe(200);
  expect(living()).toHaveLength(1);

  expect((await order(acme)).kind).toBe("ordered");
  expect((await drive(await parts(leases), acme.id, false)).kind).toBe("window");
  expect(await use()).toBe(401);
  expect(living()).toEqual([]);
  expect(await rows(acme)).toEqual([{ state: "revoked", because: "killed" }]);
  expect(given.world.installations.get(given.installation)?.suspended).not.toBeNull();
  expect(lab.faults).toEqual([]);
  await egress.close();
});

it("O1 a lease that nobody ends keeps the client's keys, until a person goes past it", async () => {
  const globex = await t.tenant("globex", given.installation + 1);
  const { leases, served } = await leased("globex");
  expect((await leases.ask(lab.request(globex))).kind).toBe("leased");
  await served.stop();

  expect((await order(globex)).kind).toBe("ordered");
  await way.witness(globex);
  // Its broker does not answer, and then there is none at all: what the rows say decides.
  const away = { kind: "failing", step: "leases_revoked", why: expect.stringContaining("does not answer") };
  expect(await drive(await parts(leases), globex.id, false)).toMatchObject(away);
  const none = { kind: "failing", step: "leases_revoked", why: expect.stringContaining("1 leases") };
  expect(await drive(await parts(null), globex.id, false)).toMatchObject(none);

  await way.after(globex, 301);
  await way.witness({ id: PLATFORM_LOG });
  const kept = { kind: "failing", step: "provider_revoked", why: expect.stringContaining("1 leases") };
  expect(await drive(await parts(null), globex.id, false)).toMatchObject(kept);
  expect(await t.kms.state(globex.id)).not.toBe("destroyed");

  const past = await overrideProvider(t.operator, {
    tenantId: globex.id,
    reason: "its broker's disk is gone",
    by: ADA,
  });
  expect(past.kind).toBe("overridden");
  expect(await drive(await parts(null), globex.id, false)).toEqual({ kind: "gone" });
  expect(await t.kms.state(globex.id)).toBe("destroyed");
});

it("a broker that does not answer holds up nobody who has nothing on lease", async () => {
  const initech = await t.tenant("initech", given.installation + 2);
  expect((await order(initech)).kind).toBe("ordered");
  expect((await drive(await parts(connectLeases(join(directory, "nobody.sock"))), initech.id, false)).kind).toBe(
    "window",
  );
  await checkWorld(t);
});
