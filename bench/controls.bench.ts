// From one person's "stop" to the last thing that still ran: the row's commit, until everything under the switch has been told in this
// process, and until a program in the sandbox is dead. Beside it what the controls cost each call: the look at the switch, the breaker and
// the budgets. Real PostgreSQL with its defaults. `--smoke`: a few kills, and only the goal of one second is held.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { whenKilled, type Scope } from "#controls";
import { createBreaker, createBudgets, kill, openKillSwitch } from "#controls/io";
import { agentId, callId, type AgentId, type CallId } from "#kernel";
import { createDatabase, migrate, type TenantClaim } from "#platform/postgres";
import type { SandboxJob } from "#sandbox";
import { probeSandbox, runInSandbox } from "#sandbox/io";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";
import { median, percentile, rounded } from "./support/numbers.ts";

const BUDGET_KILL_MS = 1_000;
const KILLS = smoke ? 5 : 60;
const CALLS = smoke ? 50 : 1_000;
const LOOKS = smoke ? 10_000 : 1_000_000;

function id<T>(of: (text: string) => T | null): T {
  const made = of(randomUUID());
  if (made === null) throw new Error("no id");
  return made;
}
const newAgent = (): AgentId => id(agentId);
const newCall = (): CallId => id(callId);

const SLEEP: SandboxJob = {
  command: ["/usr/bin/sleep", "60"],
  environment: {},
  mounts: [],
  budget: {
    wallMs: 60_000,
    cpuSeconds: 5,
    memoryBytes: 64 * 2 ** 20,
    processes: 16,
    workBytes: 2 ** 20,
    outputBytes: 10_000,
  },
};

await bench("controls", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit } = await openBenchLog(dir, postgres);
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const access = { adminUrl: postgres.adminUrl, claimKey: postgres.claimKey, append: audit.append };
  const [claim] = await onboarded(1, access, database);
  if (claim === undefined) throw new Error("no tenant");
  const killSwitch = await openKillSwitch({ url: postgres.appUrl, killed: false });
  const by = { initiator: { type: "operator", id: "bench" }, requestId: "bench" } as const;
  const spool = () => Promise.reject(new Error("the log takes every entry here"));
  /** Of an agent of its own, so that no kill before it is in force for it. */
  const killed = async (ended: (scope: Extract<Scope, { kind: "agent" }>) => Promise<void>): Promise<number> => {
    const scope = { kind: "agent", tenant: claim.tenantId, agent: newAgent() } as const;
    const over = ended(scope);
    // At any moment of the poll's quarter of a second.
    await pause(Math.random() * 250);
    const began = performance.now();
    await kill({ ...access, spool }, { scope, reason: "bench", by });
    await over;
    return performance.now() - began;
  };

  const heard: number[] = [];
  for (let n = 0; n < KILLS; n += 1)
    heard.push(
      await killed(
        ({ tenant, agent }) =>
          new Promise((resolve) => {
            const release = whenKilled(killSwitch, { tenant, agent, repository: null }, () => {
              release();
              resolve();
            });
          }),
      ),
    );

  const dead: number[] = [];
  const sandbox = (await probeSandbox()).kind === "ready";
  for (let n = 0; sandbox && n < Math.ceil(KILLS / 3); n += 1)
    dead.push(
      await killed(async ({ tenant, agent }) => {
        const stop = new AbortController();
        const release = whenKilled(killSwitch, { tenant, agent, repository: null }, () => stop.abort());
        const outcome = await runInSandbox(SLEEP, { signal: stop.signal });
        release();
        if (outcome.kind !== "killed") throw new Error(`not killed: ${JSON.stringify(outcome)}`);
      }),
    );

  const where = { tenant: claim.tenantId, agent: newAgent(), repository: null };
  const beganLooking = performance.now();
  for (let n = 0; n < LOOKS; n += 1) killSwitch.look(where);
  const lookNs = ((performance.now() - beganLooking) * 1e6) / LOOKS;

  const cost = await perCall({ database, claim, append: audit.append });
  await killSwitch.close();
  await database.close();

  const worst = Math.max(...heard, ...dead);
  const result = {
    kills: heard.length,
    heardMs: { p50: rounded(median(heard)), p99: rounded(percentile(heard, 0.99)) },
    sandboxDeadMs: sandbox ? { p50: rounded(median(dead)), p99: rounded(percentile(dead, 0.99)) } : null,
    worstMs: rounded(worst),
    lookNs: rounded(lookNs),
    ...cost,
    budgetKillMs: BUDGET_KILL_MS,
  };
  console.log(JSON.stringify(result));
  if (worst > BUDGET_KILL_MS)
    overBudget(`${rounded(worst)} ms from a kill to its last effect, at most ${BUDGET_KILL_MS}`);
  publish(result);
}

/** One transaction each, as the gateway has it: breaker and budgets before, what was used after. */
async function perCall(given: {
  readonly database: ReturnType<typeof createDatabase>;
  readonly claim: TenantClaim;
  readonly append: Parameters<typeof createBreaker>[0]["append"];
}): Promise<{ readonly beforeMs: object; readonly afterMs: object }> {
  const { database, claim, append } = given;
  const [breaker, budgets] = [createBreaker({ append }), createBudgets({ append })];
  const [before, after]: [number[], number[]] = [[], []];
  let agent = newAgent();
  for (let n = 0; n < CALLS; n += 1) {
    if (n % 50 === 0) agent = newAgent();
    const call = newCall();
    const began = performance.now();
    await database.withTenant(claim, async (tx) => {
      await breaker.admit(tx, { agent, session: "bench", call, updates: 1, cents: 0 });
      await budgets.take(tx, { agent, call, tool: "pr.comment", most: { wallMs: 1_000 } });
    });
    before.push(performance.now() - began);
    const settling = performance.now();
    await database.withTenant(claim, (tx) => budgets.settle(tx, { agent, call, used: { wallMs: 12 } }));
    after.push(performance.now() - settling);
  }
  const told = (ms: readonly number[]) => ({ p50: rounded(median(ms)), p99: rounded(percentile(ms, 0.99)) });
  return { beforeMs: told(before), afterMs: told(after) };
}
