import { beforeAll, describe, expect, it } from "vitest";
import { createBudgets } from "#controls/io";
import type { BudgetKind } from "#controls";
import { TOOL_DECLARATIONS } from "#gateway";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { lostAfter } from "../../src/gateway/io/limits.ts";
import { pastTriggers } from "../support/tenant-world.ts";
import { calmWorld, read, stageOf, type Stage } from "./support/stage.ts";

const t = await testDatabase();
const budgets = createBudgets({ append: t.append });
let acme: TestTenant;
let agents = 500;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});
/** An agent that nobody has called as yet. */
const fresh = (): Stage => stageOf(t, acme, { agent: (agents += 1) });
const used = (s: Stage) => s.inTenant(async (tx) => (await budgets.show(tx, s.who.agent)).used);
const limit = (s: Stage, kind: BudgetKind, most: number) =>
  s.inTenant((tx) =>
    budgets.set(tx, { agent: s.who.agent, kind, most, by: { initiator: { type: "operator", id: "test" }, requestId: "r1" } }),
  ); // prettier-ignore
const ask = (s: Stage, asked: ReturnType<typeof read>) => s.gateway.handle(s.who, asked, 5_000);
const test = read({ tool: "shell.test", arguments: { repository: "acme/shop", ref: "main", command: "ls" } });
const { budget } = TOOL_DECLARATIONS["shell.test"];

describe("what a call counts as having used, of each kind", () => {
  it("a read: the call, its time, what it answered", async () => {
    const s = fresh();
    expect(await ask(s, read())).toMatchObject({ kind: "done" });
    const counted = await used(s);
    expect(counted).toMatchObject({ calls: 1, cpuMs: 0, memoryBytes: 0, cents: 0, tokens: 0 });
    expect(counted.bytes).toBeGreaterThan(0);
    expect(counted.bytes).toBeLessThan(1_000);
  });

  it("a program in the sandbox: one processor for all of its time, and the memory that it could have had", async () => {
    const s = fresh();
    expect(await ask(s, test)).toMatchObject({ kind: "done" });
    const counted = await used(s);
    expect(counted.memoryBytes).toBe(budget.memoryBytes);
    expect(counted.cpuMs).toBe(counted.wallMs);
    expect(counted.wallMs).toBeLessThan(budget.wallMs);
  });

  it("money that was moved, in either direction; none of a call that was refused, or that the doer would not do", async () => {
    const s = fresh();
    const moving = (cents: number) => read({ batch: { updates: 1, cents } });
    await ask(s, moving(-700));
    await ask(s, moving(300));
    expect((await used(s)).cents).toBe(1_000);
    s.world.outcome = { kind: "refused", why: "No.", next: "Nothing." };
    await ask(s, moving(5_000));
    await ask(s, read({ arguments: { repository: "globex/vault", paths: ["."] }, batch: { updates: 1, cents: 5_000 } }));
    await ask(s, read({ explain: true, batch: { updates: 1, cents: 5_000 } }));
    expect((await used(s)).cents).toBe(1_000);
  });

  it("one that was lost in an outage of days: not the days, nor is its agent stopped by them", async () => {
    const s = fresh();
    s.world.crashAt = "sent";
    s.world.outcome = null;
    expect(await ask(s, read())).toMatchObject({ kind: "running" });
    s.world.crashAt = null;
    await pastTriggers(t, "gateway.call", async () => {
      const since = "moved_at = moved_at - interval '3 days', issued_at = issued_at - interval '3 days'";
      await t.adminSql(`update gateway.call set ${since} where agent_id = $1`, [s.who.agent]);
    });
    await s.sweep();
    const { budget: reading } = TOOL_DECLARATIONS["repo.read"];
    expect((await used(s)).wallMs).toBe(lostAfter(reading.wallMs));
    s.world.outcome = calmWorld().outcome;
    expect(await ask(s, read())).toMatchObject({ kind: "done" });
  });
}); // prettier-ignore

describe("fail closed: what does not fit into what is left is refused, and the refusal names the kind", () => {
  it.each<[BudgetKind, number, ReturnType<typeof read>, string]>([
    ["calls", 0, read(), "calls"],
    ["wallMs", budget.wallMs - 1, test, "running time"],
    ["cpuMs", budget.wallMs - 1, test, "processor time"],
    ["memoryBytes", budget.memoryBytes - 1, test, "memory in one call"],
    ["bytes", budget.outputBytes - 1, test, "bytes of data"],
    ["tokens", 0, read(), "model tokens"],
    ["cents", 0, read({ batch: { updates: 1, cents: 1 } }), "cents"],
  ])("%s", async (kind, most, asked, words) => {
    const s = fresh();
    await limit(s, kind, most);
    expect(await ask(s, asked)).toMatchObject({ kind: "refused", code: "over_budget", why: expect.stringContaining(words) });
    expect(s.sent()).toEqual([]);
    await limit(s, kind, 10_000_000_000_000);
    expect(await ask(s, asked)).toMatchObject({ kind: "done" });
  }); // prettier-ignore

  it("but a call that moves no money goes by where the money is used up", async () => {
    const s = fresh();
    await limit(s, "cents", 1_000);
    expect(await ask(s, read({ batch: { updates: 1, cents: 1_000 } }))).toMatchObject({ kind: "done" });
    expect(await ask(s, read({ batch: { updates: 1, cents: 1 } }))).toMatchObject({ code: "over_budget" });
    expect(await ask(s, read())).toMatchObject({ kind: "done" });
  });

  it("X7 money past the circuit breaker's line is the breaker's to say, whatever the budget", async () => {
    const s = fresh();
    expect(await ask(s, read({ batch: { updates: 1, cents: 1_000_001 } }))).toMatchObject({ kind: "failed", code: "FAIL_TO_HUMAN" }); // prettier-ignore
  });
});
