// Stopping takes one person and no log; starting again takes two people and the log.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Scope } from "#controls";
import { kill, killOwn, listKills, ownKills, rearm } from "#controls/io";
import { addOperator, createSecondPerson, pendingActs } from "#identity/io";
import { Fault, PLATFORM_LOG, type TenantId } from "#kernel";
import { withOperator } from "#platform/postgres";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { checkWorld } from "../../support/world.ts";
import { aRepository, anAgent } from "../support/ids.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "shell" }, requestId: "r1" } as const;
const access = { ...t.operator, spool: t.spool };
const reason = "it runs wild";
const kills = () => withOperator(t.operator, listKills);
const entriesIn = async (tenant: TenantId) => {
  const claim = await t.db.claimFor(tenant);
  if (claim === null) throw new Error("no claim");
  return t.db.withTenant(claim, (tx) =>
    t.audit.recent(tx, { limit: 100, kinds: ["control.stop", "control.resume", "act.ask", "act.take"] }),
  );
};

let acme: TestTenant;
let globex: TestTenant;
let [ada, bob] = ["", ""];
const scopes = (): readonly Scope[] => [
  { kind: "platform" },
  { kind: "tenant", tenant: acme.id },
  { kind: "agent", tenant: acme.id, agent: anAgent(1) },
  { kind: "repository", tenant: acme.id, repository: aRepository(7) },
];
const SCOPES = [0, 1, 2, 3].map(
  (index) => [["platform", "tenant", "agent", "repository"][index] ?? "", index] as const,
);
const scopeAt = (index: number): Scope => scopes()[index] ?? { kind: "platform" };

async function operator(name: string, key: string | null): Promise<string> {
  const how =
    key === null ? ({ kind: "first" } as const) : ({ kind: "operator", key, reason: "two are needed" } as const);
  const made = await addOperator(t.operator, { name, how, by });
  if (made.kind !== "added") throw new Error(made.kind);
  return made.text;
}

beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  ada = await operator("ada", null);
  bob = await operator("bob", ada);
});
afterEach(async () => {
  await t.adminSql("delete from controls.kill");
});
afterAll(async () => {
  await checkWorld(t);
});

describe("X2: to stop takes one person", () => {
  it.each(SCOPES)("%s: the row and its entry are one commit, in the log of whom it concerns", async (kind, index) => {
    const scope = scopeAt(index);
    const done = await kill(access, { scope, reason, by });
    expect(done).toMatchObject({ kind: "killed", already: false });
    expect(await kills()).toMatchObject([{ id: done.id, scope, reason, by: "shell" }]);
    const [entry] = await entriesIn(kind === "platform" ? PLATFORM_LOG : acme.id);
    expect(entry).toMatchObject({ kind: "control.stop", outcome: "success" });
    expect(JSON.stringify(entry)).toContain(done.id);
  });

  it("killed twice is two reasons, and each has to be taken back", async () => {
    const scope = scopeAt(1);
    await kill(access, { scope, reason, by });
    expect(await kill(access, { scope, reason: "and it leaks", by })).toMatchObject({ already: true });
    expect((await kills()).map((each) => each.reason)).toEqual([reason, "and it leaks"]);
  });

  it("also while the log refuses an entry: the row stands, and its entry is spooled", async () => {
    const before = t.spooled.length;
    const append = () => Promise.reject(new Fault("log_unavailable", "The log is full."));
    expect(await kill({ ...access, append }, { scope: scopeAt(1), reason, by })).toMatchObject({ kind: "killed" });
    expect(await kills()).toHaveLength(1);
    expect(t.spooled.slice(before)).toMatchObject([{ tenant: acme.id, entry: { kind: "control.stop" } }]);
  });

  it("a lock on the log's table keeps no kill waiting: it is given up and spooled", async () => {
    const holder = await t.adminClient();
    await holder.query("begin; lock table audit.entry in access exclusive mode");
    const began = performance.now();
    const done = await kill(access, { scope: scopeAt(0), reason, by });
    const took = performance.now() - began;
    await holder.query("rollback");
    expect(done.kind).toBe("killed");
    expect(took).toBeLessThan(5_000);
  });

  it("a client that is suspended can be stopped, too: the platform's log has it", async () => {
    await t.adminSql("update platform.tenant set state = 'suspended' where prefix = 'globex'");
    try {
      await kill(access, { scope: { kind: "tenant", tenant: globex.id }, reason, by });
      const [entry] = await entriesIn(PLATFORM_LOG);
      expect(JSON.stringify(entry)).toContain(globex.id);
    } finally {
      await t.adminSql("update platform.tenant set state = 'active' where prefix = 'globex'");
    }
  });
});

describe("a tenant's own people stop what is the tenant's", () => {
  const own = { append: t.append, spool: t.spool, database: t.db };
  const person = { initiator: { type: "human", id: "7" }, requestId: "r2" } as const;

  it("its agent; another tenant neither feels nor sees it (T2, invariant 21)", async () => {
    const scope = { kind: "agent", tenant: acme.id, agent: anAgent(1) } as const;
    await killOwn({ ...own, claim: acme.claim }, { scope, reason, by: person });
    expect(await t.db.withTenant(acme.claim, ownKills)).toMatchObject([{ scope, by: "7" }]);
    expect(await t.db.withTenant(globex.claim, ownKills)).toEqual([]);
  });

  it("nothing of another tenant's", async () => {
    const asked = { scope: { kind: "tenant", tenant: globex.id }, reason, by: person } as const;
    await expect(killOwn({ ...own, claim: acme.claim }, asked)).rejects.toMatchObject({ code: "input_invalid" });
    expect(await kills()).toEqual([]);
  });
});

describe("X2: to start again takes two people, whatever the scope", () => {
  it.each(SCOPES)("%s: one asks, another one confirms, then it is started, once", async (kind, index) => {
    const scope = scopeAt(index);
    await kill(access, { scope, reason, by });
    const asked = { scope, reason: "the agent was mended", key: ada, by };
    const first = await rearm(t.operator, asked);
    if (first.kind !== "pending") throw new Error(first.kind);
    expect(await kills(), "nothing was started by asking").toHaveLength(1);

    const door = createSecondPerson(t.operator);
    expect(await door.confirm({ key: ada, id: first.id, by })).toEqual({ kind: "same_person" });
    expect(await rearm(t.operator, asked)).toMatchObject({ kind: "pending", id: first.id });
    expect(await door.confirm({ key: bob, id: first.id, by })).toMatchObject({ kind: "confirmed" });
    expect(await kills(), "nothing was started by confirming").toHaveLength(1);

    expect(await rearm(t.operator, asked)).toEqual({ kind: "rearmed", kills: 1, askedBy: "ada", confirmedBy: "bob" });
    expect(await kills()).toEqual([]);
    const log = await entriesIn(kind === "platform" ? PLATFORM_LOG : acme.id);
    expect(log.map((entry) => entry.kind).slice(0, 2)).toEqual(["control.resume", "act.take"]);
    expect(await rearm(t.operator, asked)).toEqual({ kind: "not_killed" });
  });

  it("what was confirmed does not start what somebody else has stopped meanwhile", async () => {
    const scope = scopeAt(1);
    await kill(access, { scope, reason, by });
    const asked = { scope, reason: "mended again", key: ada, by };
    const first = await rearm(t.operator, asked);
    if (first.kind !== "pending") throw new Error(first.kind);
    await createSecondPerson(t.operator).confirm({ key: bob, id: first.id, by });
    await kill(access, { scope, reason: "something else is wrong", by });
    expect(await rearm(t.operator, asked)).toMatchObject({ kind: "pending" });
    expect(await kills()).toHaveLength(2);
    expect((await pendingActs(t.operator)).map(({ act }) => act.about["kills"])).toContainEqual(
      (await kills()).map(({ id }) => id),
    );
  });

  it("an operator's key that is none starts nothing", async () => {
    await kill(access, { scope: scopeAt(0), reason, by });
    const asked = { scope: scopeAt(0), reason: "x", key: `cso_${"0".repeat(72)}`, by };
    expect(await rearm(t.operator, asked)).toEqual({ kind: "unknown_key" });
    expect(await kills()).toHaveLength(1);
  });

  it("fails closed: without the log nothing is started, for that gives power back", async () => {
    await kill(access, { scope: scopeAt(0), reason, by });
    const asked = { scope: scopeAt(0), reason: "no log", key: ada, by };
    const first = await rearm(t.operator, asked);
    if (first.kind !== "pending") throw new Error(first.kind);
    await createSecondPerson(t.operator).confirm({ key: bob, id: first.id, by });
    const broken = {
      ...t.operator,
      append: () => Promise.reject(new Fault("log_unavailable", "The log takes no entries.")),
    };
    await expect(rearm(broken, asked)).rejects.toMatchObject({ code: "log_unavailable" });
    expect(await kills()).toHaveLength(1);
  });
});
