// Budgets on real PostgreSQL: turns, days, what is held and what was used.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BudgetKind, Settle, Take, Taken } from "#controls";
import { createBudgets } from "#controls/io";
import type { AgentId } from "#kernel";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { checkWorld } from "../../support/world.ts";
import { aCall, anAgent } from "../support/ids.ts";

const t = await testDatabase();
const budgets = createBudgets({ append: t.append });
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
let acme: TestTenant;
let globex: TestTenant;
let calls = 0;
let agents = 0;
let agent = anAgent(0);
const newCall = () => aCall((calls += 1));

beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});
beforeEach(() => {
  agent = anAgent((agents += 1));
});
afterAll(async () => {
  await checkWorld(t);
});

const take = (over: Partial<Take> = {}, tenant = acme): Promise<Taken> => {
  const asked = { agent, call: newCall(), tool: "repo.read", ...over };
  return t.db.withTenant(tenant.claim, (tx) => budgets.take(tx, asked));
};
const settle = (asked: Omit<Settle, "agent">) =>
  t.db.withTenant(acme.claim, (tx) => budgets.settle(tx, { agent, ...asked }));
const set = (of: AgentId | null, kind: BudgetKind, most: number | null) =>
  t.db.withTenant(acme.claim, (tx) => budgets.set(tx, { agent: of, kind, most, by }));
const show = (of: AgentId | null = agent, tenant = acme) => t.db.withTenant(tenant.claim, (tx) => budgets.show(tx, of));

describe("what a call takes", () => {
  it("is counted for the agent and for its tenant, and for nobody else (invariant 21)", async () => {
    const before = (await show(null)).used.calls;
    await take({ most: { tokens: 500 } });
    expect((await show()).used).toMatchObject({ calls: 1, tokens: 500 });
    expect((await show(null)).used.calls).toBe(before + 1);
    expect((await show(anAgent((agents += 1)))).used.calls).toBe(0);
    expect((await show(agent, globex)).used.calls).toBe(0);
  });

  it("is held until it is settled; then what it used counts, and what it did not say it used stays held", async () => {
    const call = newCall();
    await take({ call, most: { tokens: 500, bytes: 1_000, wallMs: 60_000 } });
    await settle({ call, used: { tokens: 120, bytes: 4_000, cpuMs: 7, memoryBytes: 5_000 } });
    expect((await show()).used).toEqual({
      calls: 1, tokens: 120, bytes: 4_000, cpuMs: 7, memoryBytes: 5_000, wallMs: 60_000, cents: 0,
    }); // prettier-ignore
  });

  it("counts once, however often it is taken or settled (invariants 26 and 27)", async () => {
    const call = newCall();
    for (let i = 0; i < 3; i += 1) expect(await take({ call, most: { tokens: 10 } })).toMatchObject({ kind: "within" });
    for (let i = 0; i < 3; i += 1) await settle({ call, used: { tokens: 4 } });
    expect((await show()).used).toMatchObject({ calls: 1, tokens: 4 });
  });

  it("of memory the day shows the most that one call had", async () => {
    for (const memoryBytes of [5_000, 9_000, 2_000]) {
      const call = newCall();
      await take({ call });
      await settle({ call, used: { memoryBytes } });
    }
    expect((await show()).used.memoryBytes).toBe(9_000);
  });

  it("settles nothing for a call that was never taken, nor for another agent's", async () => {
    const call = newCall();
    await take({ call, most: { tokens: 10 } });
    const mine = agent;
    agent = anAgent((agents += 1));
    await settle({ call, used: { tokens: 0 } });
    await settle({ call: newCall(), used: { tokens: 999 } });
    expect((await show(mine)).used.tokens).toBe(10);
    expect((await show()).used.tokens).toBe(0);
  });
});

describe("what is too much", () => {
  it("is refused, and costs nothing", async () => {
    await set(agent, "tokens", 100);
    expect(await take({ most: { tokens: 101 } })).toMatchObject({ kind: "over", of: "tokens", limit: 100 });
    expect((await show()).used).toMatchObject({ calls: 0, tokens: 0 });
    expect(await take({ most: { tokens: 100 } })).toMatchObject({ kind: "within" });
    expect(await take({ most: { tokens: 1 } })).toMatchObject({ kind: "over" });
  });

  it("of 30 calls at the same moment exactly those get through that fit, in flight as they are", async () => {
    await set(agent, "calls", 10);
    const taken = await Promise.all(Array.from({ length: 30 }, () => take()));
    expect(taken.filter(({ kind }) => kind === "within")).toHaveLength(10);
    expect((await show()).used.calls).toBe(10);
  }, 60_000);

  it("invariant 30: a clock that is moved back finds the day's budget used, not a fresh one", async () => {
    await set(agent, "calls", 1);
    await take();
    // As it looks to a clock that has been moved back a day: what was used, was used tomorrow.
    await t.adminSql("update controls.budget_used set day = day + 1");
    expect(await take()).toMatchObject({ kind: "over", of: "calls" });
    await t.adminSql("update controls.budget_used set day = day - 1");
  });

  it("is filled again with the next day", async () => {
    await set(agent, "calls", 1);
    await take();
    expect(await take()).toMatchObject({ kind: "over" });
    await t.adminSql("update controls.budget_used set day = day - 1");
    expect(await take()).toMatchObject({ kind: "within" });
  });
});

describe("limits", () => {
  it("are Countersign's own until somebody sets one, and again when it is taken away; each change is in the log", async () => {
    expect(await show()).toMatchObject({ set: [], limits: { calls: 2_000 } });
    await set(agent, "calls", 5);
    expect(await show()).toMatchObject({ set: ["calls"], limits: { calls: 5, tokens: 20_000_000 } });
    await set(agent, "calls", null);
    expect(await show()).toMatchObject({ set: [], limits: { calls: 2_000 } });
    const log = await t.db.withTenant(acme.claim, (tx) =>
      t.audit.recent(tx, { limit: 100, kinds: ["control.budget"] }),
    );
    expect(log.filter((entry) => JSON.stringify(entry).includes(agent))).toHaveLength(2);
  });

  it("of the tenant hold all its agents together", async () => {
    const { used } = await show(null);
    await set(null, "calls", used.calls + 1);
    expect(await take()).toMatchObject({ kind: "within" });
    agent = anAgent((agents += 1));
    expect(await take()).toMatchObject({ kind: "over", of: "calls" });
    await set(null, "calls", null);
  });

  it.each([
    "update controls.budget_used set amount = 0",
    "delete from controls.budget_used",
    "update controls.budget_limit set most = 1000000",
    "delete from controls.budget_call",
  ])("T2: the app's login cannot %s", async (statement) => {
    const client = await t.appClient();
    await client.query("begin");
    await client.query("select set_config('app.claim', $1, true)", [acme.claim.text]);
    await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
    await client.query("rollback");
  });
});
