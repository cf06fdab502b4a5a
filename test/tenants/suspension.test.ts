// Suspending a client: what is dead at the commit, what is written, and what does not change for anybody else.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createGroupCommit, createStopLog, databaseSource, sha256, type Append } from "#audit/io";
import { Fault } from "#kernel";
import { withOperator } from "#platform/postgres";
import { listTenants, noteInstallation, reinstate, suspend, unboundInstallations } from "#tenants/io";
import { NOTHING_PINNED, verify } from "#verifier";
import { attack, sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkLogs } from "../support/log-check.ts";
import { sequencing } from "../support/sequencing.ts";
import { tenantTables, worldOf } from "../support/tenant-world.ts";
import { checkWorld } from "../support/world.ts";
import { consoleStage } from "../console/stage.ts";

const t = await testDatabase();
const log = sequencing(t);
const stage = consoleStage(t);
const root = mkdtempSync(join(tmpdir(), "countersign-spool-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const by = { operator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const access = { ...t.operator, spool: t.spool };
let acme: TestTenant;
let globex: TestTenant;
let key: { readonly text: string };
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  key = await stage.key(acme);
  await t.db.withTenant(globex.claim, (tx) => t.append(tx, sampleEntry("globex's own")));
});

const asked = (of: TestTenant, reason = "unpaid") => ({ prefix: of.prefix, reason, by });
const stateOf = async (of: TestTenant): Promise<string | undefined> =>
  (await withOperator(t.operator, listTenants)).find(({ tenantId }) => tenantId === of.id)?.state;
/** Of those that the app may read: how many rows this claim shows in each. */
async function shown(claim: string): Promise<number> {
  const app = await t.appClient();
  let rows = 0;
  for (const name of await tenantTables(t)) {
    const answer = await attack(app, claim, `select from ${name}`);
    if ("count" in answer) rows += answer.count;
    else expect(answer.refused, name).toBe("42501");
  }
  return rows;
}

describe("suspending a client", () => {
  it("O1 D4 all access is dead at the commit, nobody else's world changes by a byte, and no old claim ever lives again", async () => {
    const others = await worldOf(t, globex);
    const seen = await shown(acme.claim.text);
    expect(seen).toBeGreaterThan(0);
    expect(await suspend(access, asked(acme))).toEqual({ kind: "suspended", tenantId: acme.id });

    expect(await shown(acme.claim.text)).toBe(0);
    expect(await t.db.claimFor(acme.id)).toBeNull();
    expect(await t.db.claimForInstallation(acme.installation)).toBeNull();
    await expect(t.db.withTenant(acme.claim, async () => {})).rejects.toMatchObject({ code: "tenant_inactive" });
    expect(await worldOf(t, globex)).toEqual(others);
    expect(await shown(globex.claim.text)).toBeGreaterThan(0);

    expect(await reinstate(t.operator, asked(acme, "paid"))).toEqual({ kind: "reinstated", tenantId: acme.id });
    expect(await shown(acme.claim.text)).toBe(0);
    const fresh = await t.db.claimFor(acme.id);
    expect(await shown(fresh?.text ?? "")).toBeGreaterThan(seen);
    expect(await worldOf(t, globex)).toEqual(others);
  });

  it("O1 ends a transaction of the tenant that is under way: its next statement shows nothing and writes nothing", async () => {
    const claim = await t.db.claimFor(acme.id);
    const app = await t.appClient();
    await app.query("begin");
    await app.query("select set_config('app.claim', $1, true)", [claim?.text ?? ""]);
    expect((await app.query("select from audit.entry")).rowCount).toBeGreaterThan(0);
    await suspend(access, asked(acme));
    expect((await app.query("select from audit.entry")).rowCount).toBe(0);
    await expect(
      app.query("insert into inbox.delivery (tenant_id, guid, event, installation_id, payload) values ($1, 'g', 'push', 1, '')", [acme.id]),
    ).rejects.toMatchObject({ code: "42501" }); // prettier-ignore
    await app.query("rollback");
    await reinstate(t.operator, asked(acme));
  });

  it("A1 is the last entry of the tenant's log, and reinstating the first one after it, each with who and why", async () => {
    await suspend(access, asked(acme, "a stolen laptop"));
    await reinstate(t.operator, asked(acme, "the laptop was found"));
    const claim = await t.db.claimFor(acme.id);
    if (claim === null) return expect.unreachable();
    const newest = await t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 2 }));
    const about = { initiator: by.operator, target: { type: "tenant", id: acme.id } };
    expect(newest).toMatchObject([
      { kind: "tenant.reinstate", body: { ...about, payload: { reason: "the laptop was found" } } },
      { kind: "tenant.suspend", body: { ...about, payload: { reason: "a stolen laptop" } } },
    ]);
  });

  it("O10 twice is once: one entry, one epoch, also for two at the same moment", async () => {
    const epoch = async () => (await t.adminSql("select epoch from platform.tenant where id = $1", [acme.id]))[0];
    const before = { epoch: z.object({ epoch: z.int() }).parse(await epoch()).epoch, entries: await stage.entries() };
    const done = await Promise.all([suspend(access, asked(acme)), suspend(access, asked(acme))]);
    expect(done.map(({ kind }) => kind).toSorted()).toEqual(["already", "suspended"]);
    expect(await epoch()).toEqual({ epoch: before.epoch + 1 });
    const back = await Promise.all([1, 2, 3].map(async () => reinstate(t.operator, asked(acme))));
    expect(back.map(({ kind }) => kind).toSorted()).toEqual(["already", "already", "reinstated"]);
    expect(await epoch()).toEqual({ epoch: before.epoch + 2 });
    expect(await stage.entries()).toBe(before.entries + 2);
  });

  it.each(["initech", "ACME", "acme ", "", "platformlog"])(
    "O10 fails closed: %j is no client, and nothing happens",
    async (prefix) => {
      const before = await stage.entries();
      expect(await suspend(access, { ...asked(acme), prefix })).toEqual({ kind: "unknown", there: ["acme", "globex"] });
      expect(await reinstate(t.operator, { ...asked(acme), prefix })).toMatchObject({ kind: "unknown" });
      expect(await stage.entries()).toBe(before);
      expect(await stateOf(acme)).toBe("active");
    },
  );

  it("the server's own role can do neither, nor the operator's to the platform's own log", async () => {
    const app = await t.appClient();
    for (const text of ["platform.suspend_tenant($1)", "platform.reinstate_tenant($1)"])
      await expect(app.query(`select ${text}`, [acme.id])).rejects.toMatchObject({ code: "42501" });
    const own = await t.adminSql("select platform.suspend_tenant('00000000-0000-7000-8000-000000000000') as done");
    expect(own).toEqual([{ done: false }]);
  });

  it("its installation is on no list of those that nobody owns, whatever GitHub sends meanwhile", async () => {
    await suspend(access, asked(acme));
    await t.db.withPlatform((tx) => noteInstallation(tx, acme.installation, "github.com"));
    expect(await withOperator(t.operator, unboundInstallations)).toEqual([]);
    await reinstate(t.operator, asked(acme));
  });

  it("an API key of the tenant is a stranger's meanwhile, and works again afterwards", async () => {
    expect((await stage.get("/audit/entries", key.text)).status).toBe(200);
    await suspend(access, asked(acme));
    expect((await stage.get("/audit/entries", key.text)).status).toBe(401);
    await reinstate(t.operator, asked(acme));
    expect((await stage.get("/audit/entries", key.text)).status).toBe(200);
  });

  it("entries that share a batch: the tenant's are refused, the others' are written", async () => {
    const append = createGroupCommit({ database: t.db, keys: t.keys, clock: Date.now });
    const claim = await t.db.claimFor(acme.id);
    if (claim === null) return expect.unreachable();
    await append(claim, sampleEntry("warm"));
    await suspend(access, asked(acme));
    const answers = await Promise.allSettled([
      append(globex.claim, sampleEntry("before")),
      append(claim, sampleEntry("refused")),
      append(globex.claim, sampleEntry("after")),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await reinstate(t.operator, asked(acme));
  });

  it("the log of a suspended tenant gets its places and its epoch all the same, and verifies", async () => {
    await suspend(access, asked(acme));
    await log.epoch();
    const sizes = await checkLogs(t);
    const [own] = await t.adminSql("select count(*)::int as n from audit.entry where tenant_id = $1", [acme.id]);
    expect(sizes.get(acme.id)).toBe(own?.["n"]);
    const source = databaseSource({ database: t.role("auditor"), bodies: true });
    expect((await source.tenants()).kind).toBe("found");
    const report = await verify(source, NOTHING_PINNED, {
      sha256, subtle: crypto.subtle, bodies: true, full: true, now: Date.now(), tenants: [acme.id],
    }); // prettier-ignore
    expect(report.verdicts.map(({ question, state }) => `${question} ${state}`)).toEqual(
      expect.arrayContaining(["tree verified", "bodies verified"]),
    );
    expect(report.counts.entries).toBeGreaterThanOrEqual(Number(own?.["n"]));
    await reinstate(t.operator, asked(acme));
  });
});

describe("suspending a client while the log takes no entries", () => {
  const away: Append = () => Promise.reject(new Fault("log_unavailable", "The audit log takes no entries."));

  it("works: it is a stop. Its entry waits on the disk, and gets into the log once the tenant has one again", async () => {
    const stops = createStopLog({ directory: root, kms: t.kms, database: t.db, append: t.append, clock: Date.now });
    const done = await suspend({ ...access, append: away, spool: stops.spoolStop }, asked(acme, "spooled"));
    expect(done).toMatchObject({ kind: "suspended" });
    expect(await stateOf(acme)).toBe("suspended");
    expect(await stops.drain()).toMatchObject({ entered: 0, kept: 1 });
    await reinstate(t.operator, asked(acme));
    expect(await stops.drain()).toMatchObject({ entered: 1, kept: 0 });
    const claim = await t.db.claimFor(acme.id);
    if (claim === null) return expect.unreachable();
    const newest = await t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 2 }));
    expect(newest).toMatchObject([
      { kind: "tenant.reinstate" },
      { kind: "tenant.suspend", body: { payload: { stop: { reason: "spooled" } } } },
    ]);
  });

  it("fails closed: reinstating gives power back, and is refused", async () => {
    await suspend(access, asked(acme));
    await expect(reinstate({ ...t.operator, append: away }, asked(acme))).rejects.toMatchObject({
      code: "log_unavailable",
    });
    expect(await stateOf(acme)).toBe("suspended");
    await reinstate(t.operator, asked(acme));
  });

  it("leaves the world as it should be", async () => {
    await checkWorld(t);
  });
});
