// The lease broker as the process that it is: over its socket, against the local GitHub, and after a kill -9.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { scene, serveWorld } from "#demo/world";
import { repositoryId } from "#kernel";
import { connectLeases } from "#leases/io";
import { inherited, startProgram, type ChildProcess } from "#platform/process";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const given = scene();
const running = await serveWorld(given.world);
const acme = await t.tenant("acme", given.installation);
const app = [...given.world.repositories.values()].find(({ name }) => name === "app") ?? expect.unreachable();
const directory = mkdtempSync(join(tmpdir(), "lease-"));
const socket = join(directory, "lease.sock");
const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await running.close();
  rmSync(directory, { recursive: true, force: true });
});

const environment = (more: Readonly<Record<string, string>> = {}) => ({
  ...inherited("NODE_COMPILE_CACHE"),
  DATA_DIR: directory,
  LEASE_BROKER_DIR: join(directory, "leases"),
  LEASE_BROKER_SOCKET: socket,
  LEASE_DATABASE_URL: t.urls.broker,
  CLAIM_KEY: t.claimKey,
  KEYS_DIR: t.keysDir,
  CLIENTS_DIR: join(directory, "clients"),
  APP_ID: String(given.appId),
  PRIVATE_KEY: given.privateKey,
  GITHUB_API_URL: given.world.urls.api,
  LOG_LEVEL: "warn",
  ...more,
});

async function start(
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly child: ChildProcess; readonly said: () => string }> {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const child = startProgram(
    { program: process.execPath, args: [main, "lease", "broker"], env: environment(more) },
    { stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  children.push(child);
  let said = "";
  child.stdout?.on("data", (chunk) => (said += String(chunk)));
  child.stderr?.on("data", (chunk) => (said += String(chunk)));
  await new Promise<void>((resolve) => {
    child.once("message", () => resolve());
    child.once("exit", () => resolve());
  });
  return { child, said: () => said };
}

const living = () => [...given.world.tokens.values()].filter(({ revoked }) => !revoked);
const request = {
  tenant: acme.id,
  run: "run-1",
  purpose: "repo.read",
  seconds: 60,
  scope: {
    kind: "github",
    installation: acme.installation,
    repositories: [repositoryId(app.id) ?? expect.unreachable()],
    permissions: { contents: "read" },
  },
} as const;

describe("X14 the lease broker's process", () => {
  it("gives handles over a socket of its user's alone, uses them in its proxy, and ends what lives when it is killed and started anew", async () => {
    const first = await start();
    expect(first.said()).toContain("The lease broker listens");
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const leases = connectLeases(socket);
    const one = await leases.ask(request);
    const other = await leases.ask({ ...request, run: "run-2" });
    if (one.kind !== "leased" || other.kind !== "leased" || one.proxy === null) throw new Error(first.said());
    expect(living()).toHaveLength(2);
    expect(await leases.open(acme.id)).toMatchObject([{ run: "run-1", state: "active" }, { run: "run-2" }]);
    const through = () =>
      fetch(`${one.proxy}/api/repos/acme/app/contents/src/index.ts`, {
        headers: { authorization: `Bearer ${one.handle}` },
      });
    expect((await through()).status).toBe(200);
    expect(await leases.finish({ tenant: acme.id, run: "run-1", handle: one.handle })).toEqual({ kind: "revoked" });
    expect((await through()).status).toBe(401);
    // GitHub's own token is redeemed by nobody.
    expect(await leases.redeem({ tenant: acme.id, run: "run-2", handle: other.handle })).toEqual({ kind: "dead" });

    // Somebody starts another one on the same spool, with a socket of its own.
    const second = await start({ LEASE_BROKER_SOCKET: join(directory, "other.sock") });
    await expect.poll(() => second.child.exitCode, { timeout: 20_000 }).toBe(2);
    expect(second.said()).toContain("Another lease broker works on");
    expect(living()).toHaveLength(1);

    first.child.kill("SIGKILL");
    await new Promise((resolve) => first.child.once("exit", resolve));
    expect(living()).toHaveLength(1);
    await start();
    await expect.poll(living, { timeout: 10_000 }).toEqual([]);
    expect(await leases.open(acme.id)).toEqual([]);
    expect(await leases.finish({ tenant: acme.id, run: "run-2", handle: other.handle })).toEqual({ kind: "unknown" });
    await expect
      .poll(() => t.adminSql("select state, because from leases.lease order by lease_id"))
      .toEqual([
        { state: "revoked", because: "finished" },
        { state: "revoked", because: "restarted" },
      ]);
    leases.close();
  }, 60_000);

  it("revokes what lives when it is asked to end", async () => {
    const leases = connectLeases(socket);
    expect(await leases.ask(request)).toMatchObject({ kind: "leased" });
    expect(living()).toHaveLength(1);
    const last = children.at(-1) ?? expect.unreachable();
    last.disconnect();
    await new Promise((resolve) => last.once("exit", resolve));
    expect(living()).toEqual([]);
    await expect(leases.ask(request)).rejects.toMatchObject({ code: "broker_unavailable" });
    leases.close();
  }, 60_000);

  it.each([
    ["another login beside its own", { DATABASE_URL: "postgres://a:b@localhost/c" }, "must not hold other logins"],
    ["the webhooks' secret, which it has no use for", { WEBHOOK_SECRET: "x".repeat(40) }, "must not hold other logins"],
    ["the app's login", { LEASE_DATABASE_URL: t.urls.app }, "lease broker's own login"],
  ])(
    "does not start with %s",
    async (_, more, sentence) => {
      const { child, said } = await start(more);
      await expect.poll(() => child.exitCode, { timeout: 20_000 }).toBe(2);
      expect(said()).toContain(sentence);
    },
    60_000,
  );
});
