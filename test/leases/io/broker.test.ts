// X14: a lease never outlives 60 seconds or its execution. Over real PostgreSQL, with the broker's own login.

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { instantOfMillis } from "#kernel";
import { testDatabase } from "../../support/database.ts";
import { leaseLab } from "../../support/leases.ts";
import { checkWorld } from "../../support/world.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);

const rows = async (): Promise<readonly unknown[]> =>
  t.adminSql("select state, because from leases.lease order by lease_id desc limit 1");
const kinds = async (tenant: typeof acme): Promise<readonly string[]> =>
  (await t.db.withTenant(tenant.claim, (tx) => t.audit.recent(tx, { limit: 100 })))
    .toReversed()
    .filter(({ kind }) => kind.startsWith("lease."))
    .map(({ kind, outcome }) => `${kind} ${outcome}`);

async function leased(
  lab: Awaited<ReturnType<typeof leaseLab>>,
  more: Parameters<typeof lab.request>[1] = {},
  tenant = acme,
) {
  const broker = await lab.start();
  const asked = await broker.ask(lab.request(tenant, more));
  if (asked.kind !== "leased") throw new Error(asked.why);
  return { broker, ...asked };
}

describe("X14 a lease, from its request to its end", () => {
  it("A1 is an intent in the log, a handle, a credential that only the broker holds, and dead when its run is done", async () => {
    const lab = await leaseLab(t);
    const { broker, handle, lease } = await leased(lab);
    expect(lab.fake.living.size).toBe(1);
    expect(broker.use(handle)).toMatchObject({ kind: "live", remaining: 60_000, lease });
    const [token = ""] = lab.fake.minted;
    const stored = await t.adminSql(
      "select l::text as all, encode(handle, 'hex') as handle from leases.lease l where lease_id = $1",
      [lease],
    );
    expect(JSON.stringify(stored)).not.toContain(token);
    expect(JSON.stringify(stored)).not.toContain(handle);
    expect(await broker.finish({ tenant: acme.id, run: "run-1", handle })).toEqual({ kind: "revoked" });
    expect(lab.fake.living.size).toBe(0);
    expect(broker.use(handle)).toEqual({ kind: "dead" });
    expect(await rows()).toEqual([{ state: "revoked", because: "finished" }]);
    expect(await kinds(acme)).toEqual([
      "lease.mint intent",
      "lease.mint success",
      "lease.revoke intent",
      "lease.revoke success",
    ]);
    expect((await (await lab.spool()).read()).spooled).toEqual([]);
    expect(lab.faults).toEqual([]);
    await checkWorld(t);
  });

  it("ends by itself after its seconds, by the sweep, and its handle is dead at once", async () => {
    const lab = await leaseLab(t);
    const { broker, handle } = await leased(lab, { seconds: 10 });
    lab.time.advance(9_999);
    expect(broker.use(handle)).toMatchObject({ kind: "live", remaining: 1 });
    lab.time.advance(1);
    expect(broker.use(handle)).toEqual({ kind: "dead" });
    await broker.sweep();
    await broker.close();
    expect(lab.fake.living.size).toBe(0);
    expect(await rows()).toEqual([{ state: "revoked", because: "timeout" }]);
  });

  it("is not extended by a wall clock that is set back", async () => {
    const lab = await leaseLab(t);
    const { broker, handle } = await leased(lab);
    lab.time.setWall(-3_600_000);
    lab.time.advance(60_000);
    expect(broker.use(handle)).toEqual({ kind: "dead" });
    await broker.close();
  });

  it("ends early with a wall clock that is set forward: fails closed", async () => {
    const lab = await leaseLab(t);
    const { broker, handle } = await leased(lab);
    lab.time.setWall(60_000);
    expect(broker.use(handle)).toEqual({ kind: "dead" });
    await broker.close();
  });

  it("L2 two leases of one scope at one moment are two credentials, and revoking one leaves the other", async () => {
    const lab = await leaseLab(t);
    const broker = await lab.start();
    const [one, other] = await Promise.all([broker.ask(lab.request(acme)), broker.ask(lab.request(acme))]);
    if (one.kind !== "leased" || other.kind !== "leased") throw new Error("refused");
    expect(new Set(lab.fake.minted).size).toBe(2);
    await broker.finish({ tenant: acme.id, run: "run-1", handle: one.handle });
    expect(broker.use(one.handle).kind).toBe("dead");
    expect(broker.use(other.handle).kind).toBe("live");
    expect(lab.fake.living.size).toBe(1);
    await broker.close();
    expect(lab.fake.living.size).toBe(0);
  });

  it("hands nothing out when its client is stopped while the provider is asked, and revokes what was made", async () => {
    const lab = await leaseLab(t);
    const broker = await lab.start();
    let stopped: Promise<unknown> = Promise.resolve();
    lab.fake.mint = async () => {
      stopped = broker.revokeAll({ tenant: acme.id });
    };
    expect(await broker.ask(lab.request(acme))).toMatchObject({ kind: "refused" });
    await stopped;
    expect(lab.fake.minted).toHaveLength(1);
    expect(lab.fake.living.size).toBe(0);
    expect(await rows()).toEqual([{ state: "revoked", because: "killed" }]);
  });

  it("does not wait for a provider that hangs, and revokes what it still gives", async () => {
    const lab = await leaseLab(t);
    const broker = await lab.start();
    let give: () => void = () => {};
    lab.fake.mint = () => new Promise((resolve) => (give = resolve));
    const asked = broker.ask(lab.request(acme));
    await expect
      .poll(() => t.adminSql("select state from leases.lease order by lease_id desc limit 1"))
      .toEqual([{ state: "minting" }]);
    lab.time.advance(15_000);
    expect(await asked).toMatchObject({ kind: "refused" });
    give();
    await expect.poll(rows).toEqual([{ state: "revoked", because: "timeout" }]);
    expect(lab.fake.living.size).toBe(0);
  });

  it("is said to be nobody's where the provider broke off: the row tells, and the log says unknown", async () => {
    const lab = await leaseLab(t);
    const broker = await lab.start();
    lab.fake.mint = () => Promise.reject(new Error("connection reset"));
    expect(await broker.ask(lab.request(globex))).toMatchObject({ kind: "refused" });
    const [row] = await t.adminSql("select state, note from leases.lease order by lease_id desc limit 1");
    expect(row).toMatchObject({ state: "expired", note: expect.stringContaining("Nobody holds it") });
    expect(await kinds(globex)).toEqual(["lease.mint intent", "lease.mint unknown"]);
  });

  it.each([
    [
      "an installation that is another client's",
      {
        scope: {
          kind: "github",
          installation: globex.installation,
          repositories: [5],
          permissions: { contents: "read" },
        },
      },
    ],
    ["61 seconds", { seconds: 61 }],
    ["no seconds", { seconds: 0 }],
    [
      "no repository, which GitHub takes for all",
      {
        scope: { kind: "github", installation: acme.installation, repositories: [], permissions: { contents: "read" } },
      },
    ],
    ["a run that is no name", { run: "a\nb" }],
    ["a kind that nobody provides", { scope: { kind: "vault", mount: "db", role: "reader" } }],
  ])("refuses %s, and says so in the log", async (_, more) => {
    const lab = await leaseLab(t);
    const broker = await lab.start();
    const before = (await kinds(acme)).length;
    // oxlint-disable-next-line typescript/no-unsafe-argument -- rows of the table are requests as they come over the socket
    const request = { ...lab.request(acme), ...JSON.parse(JSON.stringify(more)) };
    expect(await broker.ask(request)).toMatchObject({ kind: "refused" });
    expect(lab.fake.minted).toEqual([]);
    expect((await kinds(acme)).slice(before)).toEqual(["lease.mint refused"]);
  });
});

describe("L5 a provider that does not revoke", () => {
  it("L5 is asked six times with growing pauses, then the lease is irrevocable, with an alarm and the offer to suspend", async () => {
    const lab = await leaseLab(t);
    const { broker, handle, lease } = await leased(lab, {}, globex);
    lab.fake.revoke = () => Promise.reject(new Error("502"));
    const finishing = broker.finish({ tenant: globex.id, run: "run-1", handle });
    expect(await finishing).toEqual({ kind: "revoking" });
    expect(broker.use(handle)).toEqual({ kind: "dead" });
    for (const [at, pause] of [250, 500, 1_000, 2_000, 4_000].entries()) {
      await expect.poll(() => lab.fake.revokes).toBe(at + 1);
      expect(lab.alarms).toEqual([]);
      lab.time.advance(pause - 1);
      expect(lab.fake.revokes).toBe(at + 1);
      lab.time.advance(1);
    }
    await expect.poll(() => lab.alarms).toEqual([lease]);
    expect(lab.fake.revokes).toBe(6);
    const [row] = await t.adminSql("select state, tries, note, ended_at from leases.lease where lease_id = $1", [
      lease,
    ]);
    expect(row).toMatchObject({
      state: "irrevocable",
      tries: 6,
      ended_at: null,
      note: expect.stringContaining("Suspend the installation"),
    });
    expect((await kinds(globex)).slice(-2)).toEqual(["lease.revoke intent", "lease.revoke failure"]);
    // It goes on being tried, and whatever becomes of it is told.
    lab.fake.revoke = null;
    lab.time.advance(60_000);
    await broker.sweep();
    await expect.poll(async () => (await kinds(globex)).at(-1)).toBe("lease.revoke recovered");
    expect(lab.fake.living.size).toBe(0);
    expect((await (await lab.spool()).read()).spooled).toEqual([]);
  });

  it("L5 a provider that never answers counts as one that failed", async () => {
    const lab = await leaseLab(t);
    const { broker, handle } = await leased(lab);
    lab.fake.revoke = () => new Promise(() => {});
    const finishing = broker.finish({ tenant: acme.id, run: "run-1", handle });
    await expect.poll(() => lab.fake.revokes).toBe(1);
    lab.time.advance(5_000);
    expect(await finishing).toEqual({ kind: "revoking" });
  });

  it("L5 ends as expired when the provider's own time is over", async () => {
    const lab = await leaseLab(t);
    lab.fake.endsAt = lab.time.wall();
    const { broker, handle, lease } = await leased(lab);
    lab.fake.revoke = () => Promise.reject(new Error("502"));
    await broker.finish({ tenant: acme.id, run: "run-1", handle });
    for (const pause of [250, 500, 1_000, 2_000, 4_000]) {
      const before = lab.fake.revokes;
      lab.time.advance(pause);
      await expect.poll(() => lab.fake.revokes).toBe(before + 1);
    }
    await expect.poll(() => lab.alarms).toEqual([lease]);
    await expect
      .poll(async () => (await t.adminSql("select state from leases.lease where lease_id = $1", [lease]))[0])
      .toEqual({ state: "irrevocable" });
    await broker.sweep();
    expect((await t.adminSql("select state from leases.lease where lease_id = $1", [lease]))[0]).toEqual({
      state: "expired",
    });
    expect((await (await lab.spool()).read()).spooled).toEqual([]);
  });

  it("L5 a clock that is set forward declares nothing dead that lives: it is tried on, until its provider's time is really over", async () => {
    const lab = await leaseLab(t);
    lab.fake.endsAt = instantOfMillis(lab.time.wall() + 3_600_000);
    const { broker, handle, lease } = await leased(lab);
    lab.fake.revoke = () => Promise.reject(new Error("502"));
    await broker.finish({ tenant: acme.id, run: "run-1", handle });
    for (const pause of [250, 500, 1_000, 2_000, 4_000]) {
      const before = lab.fake.revokes;
      lab.time.advance(pause);
      await expect.poll(() => lab.fake.revokes).toBe(before + 1);
    }
    const state = async () => (await t.adminSql("select state from leases.lease where lease_id = $1", [lease]))[0];
    await expect.poll(state).toEqual({ state: "irrevocable" });
    lab.time.setWall(7_200_000);
    await broker.sweep();
    expect(await state()).toEqual({ state: "irrevocable" });
    lab.time.advance(3_600_000);
    await broker.sweep();
    expect(await state()).toEqual({ state: "expired" });
  });
});

describe("the database does not take it", () => {
  it("revokes what was minted when it cannot be said that it is active: fails closed", async () => {
    const lab = await leaseLab(t);
    let broken = true;
    const broker = await lab.start({
      record: {
        ...lab.record,
        tell: (facts, told) => (broken ? Promise.reject(new Error("away")) : lab.record.tell(facts, told)),
      },
    });
    expect(await broker.ask(lab.request(acme))).toMatchObject({ kind: "refused" });
    expect(lab.fake.minted).toHaveLength(1);
    expect(lab.fake.living.size).toBe(0);
    expect(await rows()).toEqual([{ state: "minting", because: null }]);
    broken = false;
    await broker.sweep();
    expect(await rows()).toEqual([{ state: "revoked", because: "broken" }]);
  });

  it("revokes without a log, and tells it when there is one again", async () => {
    const lab = await leaseLab(t);
    let broken = false;
    const broker = await lab.start({
      record: {
        ...lab.record,
        tell: (facts, told) => (broken ? Promise.reject(new Error("away")) : lab.record.tell(facts, told)),
      },
    });
    const asked = await broker.ask(lab.request(acme));
    if (asked.kind !== "leased") throw new Error(asked.why);
    broken = true;
    expect(await broker.finish({ tenant: acme.id, run: "run-1", handle: asked.handle })).toEqual({ kind: "revoked" });
    expect(lab.fake.living.size).toBe(0);
    broken = false;
    await broker.sweep();
    expect(await rows()).toEqual([{ state: "revoked", because: "finished" }]);
    await checkWorld(t);
  });
});

describe("O1 a client that is suspended", () => {
  it("O1 loses its leases within a second, also where nobody tells the broker", async () => {
    const lab = await leaseLab(t);
    const initech = await t.tenant("initech", 3);
    const { broker, handle } = await leased(lab, {}, initech);
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [initech.id]);
    await broker.sweep();
    expect(broker.use(handle)).toEqual({ kind: "dead" });
    expect(lab.fake.living.size).toBe(0);
    expect(lab.faults).toEqual([]);
    expect(await rows()).toEqual([{ state: "revoked", because: "killed" }]);
    expect(await broker.ask(lab.request(initech))).toEqual({
      kind: "refused",
      why: "The client is not active: nothing is leased for it.",
    });
    // Its own log is shut: the platform's says it.
    const [said] = await t.adminSql(
      "select count(*)::int as n from audit.search where kind = 'lease.revoke' and outcome = 'success' and tenant_id = '00000000-0000-7000-8000-000000000000'",
    );
    expect(z.object({ n: z.number() }).parse(said).n).toBe(1);
    expect(lab.faults).toEqual([]);
  });
});
