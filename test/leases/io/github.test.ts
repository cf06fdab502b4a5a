// Leases of GitHub's, against the local GitHub: each a token of its own, compared with what was asked, ended by itself.

import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { scene, serveWorld } from "#demo/world";
import { appId, repositoryId } from "#kernel";
import type { LeaseScope } from "#leases";
import { createGitHubProvider } from "#leases/io";
import { createGitHub } from "#platform/github";
import { createScrubber } from "#platform/log";
import { testDatabase } from "../../support/database.ts";
import { leaseLab } from "../../support/leases.ts";
import { checkWorld } from "../../support/world.ts";

const t = await testDatabase();
const given = scene();
const running = await serveWorld(given.world);
afterAll(() => running.close());
beforeEach(() => given.world.faults.clear());
const acme = await t.tenant("acme", given.installation);
const app = [...given.world.repositories.values()].find(({ name }) => name === "app") ?? expect.unreachable();
const repository = repositoryId(app.id) ?? expect.unreachable();
const scope: LeaseScope = {
  kind: "github",
  installation: acme.installation,
  repositories: [repository],
  permissions: { contents: "read", pull_requests: "write" },
};
const MINT = "POST /app/installations/{installation_id}/access_tokens";
const REVOKE = "DELETE /installation/token";

async function setUp() {
  given.world.tokens.clear();
  // One of its own: after a limit, a connection waits.
  const github = createGitHub({
    appId: appId(given.appId) ?? expect.unreachable(),
    privateKey: given.privateKey,
    baseUrl: given.world.urls.api,
  });
  const lab = await leaseLab(t);
  const broker = await lab.start({
    providers: { github: createGitHubProvider(github.leases), database: null, vault: null },
  });
  const living = () => [...given.world.tokens.values()].filter(({ revoked }) => !revoked);
  return { lab, broker, living, ask: () => broker.ask(lab.request(acme, { scope })) };
}

describe("X14 a lease of GitHub's", () => {
  it("L2 two at the same instant with the same scope are two tokens; ending one leaves the other", async () => {
    const { broker, living, ask } = await setUp();
    const [one, other] = await Promise.all([ask(), ask()]);
    if (one.kind !== "leased" || other.kind !== "leased") throw new Error("refused");
    expect(living()).toHaveLength(2);
    const use = broker.use(other.handle);
    await broker.finish({ tenant: acme.id, run: "run-1", handle: one.handle });
    expect(living().map(({ text }) => text)).toEqual([
      use.kind === "live" && use.minted.credential.kind === "token" ? use.minted.credential.token : "",
    ]);
    await broker.close();
    expect(living()).toEqual([]);
    await checkWorld(t);
  });

  it("is for the repositories and permissions that were asked for, and knows the repositories' names", async () => {
    const { broker, living, ask } = await setUp();
    const asked = await ask();
    const use = asked.kind === "leased" ? broker.use(asked.handle) : expect.unreachable();
    expect(living()).toMatchObject([
      { repositoryIds: [repository], permissions: { contents: "read", pull_requests: "write", metadata: "read" } },
    ]);
    expect(use).toMatchObject({ kind: "live", minted: { repositories: [{ id: repository, name: "acme/app" }] } });
    await broker.close();
  });

  it("L11 a token of 520 characters with dots is kept whole, scrubbed where it is written, and revoked", async () => {
    const { broker, living, ask, lab } = await setUp();
    const asked = await ask();
    const [token = expect.unreachable()] = living();
    expect(token.text.length).toBeGreaterThan(500);
    expect(token.text.split(".")).toHaveLength(3);
    expect(createScrubber([])(`it is ${token.text} and`)).not.toContain(token.text.slice(0, 60));
    expect((await (await lab.spool()).read()).spooled).toMatchObject([
      { minted: { credential: { kind: "token", token: token.text } } },
    ]);
    if (asked.kind === "leased") await broker.finish({ tenant: acme.id, run: "run-1", handle: asked.handle });
    expect(living()).toEqual([]);
  });

  it.each([
    ["refuses what the installation does not allow", { kind: "status", status: 422, message: "not granted" }],
    ["is at its limit", { kind: "secondary_rate_limit", status: 403, retryAfterSeconds: 60 }],
  ] as const)("is refused where GitHub %s: nothing was made", async (_, fault) => {
    const { living, ask } = await setUp();
    given.world.faults.add(MINT, fault);
    expect(await ask()).toMatchObject({ kind: "refused" });
    expect(living()).toEqual([]);
    expect(await t.adminSql("select state from leases.lease order by lease_id desc limit 1")).toEqual([
      { state: "refused" },
    ]);
  });

  it("is nobody's where GitHub's answer is lost: a token is there, dead within the hour, and the row says so", async () => {
    const { living, ask } = await setUp();
    given.world.faults.add(MINT, { kind: "drop_answer" });
    expect(await ask()).toMatchObject({ kind: "refused" });
    expect(living()).toHaveLength(1);
    expect(await t.adminSql("select state, note from leases.lease order by lease_id desc limit 1")).toEqual([
      { state: "expired", note: expect.stringContaining("within the hour") },
    ]);
  });

  it("L5 a revocation that GitHub answers with 502 is done at the next try", async () => {
    const { broker, living, ask, lab } = await setUp();
    const asked = await ask();
    given.world.faults.add(REVOKE, { kind: "status", status: 502 });
    const holder = { tenant: acme.id, run: "run-1", handle: asked.kind === "leased" ? asked.handle : "" };
    expect(await broker.finish(holder)).toEqual({ kind: "revoking" });
    expect(living()).toHaveLength(1);
    lab.time.advance(250);
    await expect.poll(() => living()).toEqual([]);
    await expect
      .poll(() => t.adminSql("select state, tries from leases.lease order by lease_id desc limit 1"))
      .toEqual([{ state: "revoked", tries: 1 }]);
  });

  it("a revocation that was done, and whose answer was lost, is done: GitHub no longer knows the token", async () => {
    const { broker, living, ask, lab } = await setUp();
    const asked = await ask();
    given.world.faults.add(REVOKE, { kind: "drop_answer" });
    await broker.finish({ tenant: acme.id, run: "run-1", handle: asked.kind === "leased" ? asked.handle : "" });
    expect(living()).toEqual([]);
    lab.time.advance(250);
    await expect
      .poll(() => t.adminSql("select state from leases.lease order by lease_id desc limit 1"))
      .toEqual([{ state: "revoked" }]);
  });
});
