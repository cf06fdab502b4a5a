// What is done to an installation in the App's name, against the local GitHub and a real log.

import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { acts, scene, serveWorld } from "#demo/world";
import { appId, installationId, PLATFORM_LOG, type TenantId } from "#kernel";
import { createGitHub, installationsOf } from "#platform/github";
import { githubSide, installationWorld, suspend } from "#tenants/io";
import { reconcileIntents } from "#audit/io";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const given = scene();
const running = await serveWorld(given.world);
afterAll(() => running.close());
const id = installationId(given.installation) ?? expect.unreachable();
const installations = installationsOf(
  createGitHub({
    appId: appId(given.appId) ?? expect.unreachable(),
    privateKey: given.privateKey,
    baseUrl: given.world.urls.api,
  }),
);
const acme = await t.tenant("acme", given.installation);
const by = { operator: { type: "operator", id: "kim" }, requestId: "r" } as const;
const side = githubSide({ access: t.operator, installations, by });

const shape = z.object({ payload: z.object({ change: z.string().optional(), state: z.string().optional() }) });
async function told(tenant: TenantId) {
  const claim = (await t.db.claimFor(tenant)) ?? expect.unreachable();
  const found = await t.db.withTenant(claim, (tx) =>
    t.audit.recent(tx, { limit: 20, kinds: ["tenant.installation_change"] }),
  );
  return found.map(({ outcome, body }) => ({ outcome, ...shape.parse(body).payload })).toReversed();
}
const writes = () => given.world.journal.exchanges.filter(({ route }) => /^(?:PUT|DELETE)/.test(route ?? "")).length;
beforeEach(() => given.world.faults.clear());

describe("an installation, changed in the App's name", () => {
  it("O3 is suspended and taken back: an intent before each, GitHub's own answer after it, and its webhooks", async () => {
    given.world.hook.queue.length = 0;
    await side.suspend(id);
    expect(await side.state(id)).toBe("suspended");
    await side.unsuspend(id);
    expect(await side.state(id)).toBe("active");
    expect(await told(acme.id)).toEqual([
      { outcome: "intent", change: "suspend" },
      { outcome: "success", change: "suspend", state: "suspended" },
      { outcome: "intent", change: "unsuspend" },
      { outcome: "success", change: "unsuspend", state: "active" },
    ]);
    expect(given.world.hook.queue.map(({ action }) => action)).toEqual(["suspend", "unsuspend"]);
  });

  it("is not asked for what is so already: no call, no entry", async () => {
    const before = { writes: writes(), told: (await told(acme.id)).length };
    await side.unsuspend(id);
    expect({ writes: writes(), told: (await told(acme.id)).length }).toEqual(before);
  });

  it("O7 GitHub breaks off: it throws, the intent stays open, and the reconciler closes it by what GitHub says", async () => {
    given.world.faults.add("PUT /app/installations/{installation_id}/suspended", { kind: "status", status: 502 });
    await expect(side.suspend(id)).rejects.toMatchObject({ code: "github_unavailable" });
    expect((await told(acme.id)).at(-1)).toEqual({ outcome: "intent", change: "suspend" });
    await t.adminSql("update audit.open_intent set opened_at = opened_at - interval '1 hour'");
    const parts = {
      database: t.db,
      append: t.append,
      observer: { type: "app", id: "1" } as const,
      worlds: {
        "tenant.installation_change": installationWorld({
          database: t.db,
          installations,
          entryById: t.audit.entryById,
        }),
      },
    };
    await reconcileIntents(parts, acme.claim);
    expect((await told(acme.id)).at(-1)).toMatchObject({ outcome: "not_performed", state: "active" });
  });

  it("L14 one that the client uninstalled himself: gone, without an error or a call", async () => {
    const before = writes();
    acts.deleteInstallation(given.world, { id: given.installation, by: "adm" });
    await side.suspend(id);
    await side.unsuspend(id);
    await side.remove(id);
    expect({ state: await side.state(id), writes: writes() }).toEqual({ state: "gone", writes: before });
  });

  it("O1 a client that is suspended has no log to write into: the entries stand in the platform's", async () => {
    const found = given.world.installations.get(given.installation) ?? expect.unreachable();
    found.deleted = false;
    await suspend({ ...t.operator, spool: t.spool }, { prefix: "acme", reason: "leaves", by });
    await side.remove(id);
    expect(await side.state(id)).toBe("gone");
    expect(await told(PLATFORM_LOG)).toEqual([
      { outcome: "intent", change: "remove" },
      { outcome: "success", change: "remove", state: "gone" },
    ]);
    await checkWorld(t);
  });

  it("fails closed: one that belongs to no client is left as it is", async () => {
    const found = given.world.installations.get(given.installation) ?? expect.unreachable();
    given.world.installations.set(777, { ...found, id: 777, deleted: false, suspended: null });
    const other = installationId(777) ?? expect.unreachable();
    await expect(side.remove(other)).rejects.toMatchObject({ code: "input_invalid" });
    expect(await side.state(other)).toBe("active");
  });
});
