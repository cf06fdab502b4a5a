// Past calls decided again, as `countersign policy simulate` does it: out of a tenant's sealed log, page by page, each page on record, opened,
// parsed, and decided by Countersign's own rules with a client's. Budget: 5,000 past calls a second a process (issue 6).
//
// The same run also only reads the pages, and only decides: which of the two it is that takes the time. `--smoke` is short, and holds that
// every verdict is given again (invariant 28), and that calls like one before need no engine, which no other load changes much. Exit status 1 when a budget is broken.

import { z } from "zod";
import { EVERYTHING } from "#audit";
import { createReading, FROM_NEWEST, type Cursor, type PageAsked, type ShownPage } from "#audit/io";
import { BASELINE, createSimulation, observed, takePages, type Engine, type Facts, type PastCall } from "#policy";
import type { Json } from "#kernel";
import { openPolicy, readConstitution, type Constitution } from "#policy/io";
import { createDatabase, migrate } from "#platform/postgres";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";

const BUDGET_PER_SECOND = 5_000;
const CALLS = smoke ? 2_000 : 20_000;
const ROUNDS = smoke ? 1 : 3;
const TOGETHER = 250;
const SAMPLE = 500;
/** How much faster calls are that are like one before. */
const BUDGET_RATIO = 2;
const PAGE = 1_000;

const RULES = `@id("bench.docs") @version("1") @verdict("YELLOW") @text("A rule of the benchmark.")
forbid (principal, action in Countersign::Action::"write", resource) when { context.areas.contains("docs") }
unless { context has approval && context.approval.argsHash == context.argsHash };`;
const TENANT = {
  cedar: [{ layer: "tenant", file: "bench.cedar", text: RULES }],
  prose: [],
  cases: [],
  findings: [],
} as const;

/** No two of them are the same; to the rules, most are like one before: that is what a month of calls is. */
function callOf(n: number): Facts {
  const given: Facts = {
    ...BASELINE,
    agent: `agent-${n % 7}`,
    requester: `person-${n % 31}`,
    repository: `acme/service-${n % 43}`,
    argsHash: n.toString(16).padStart(64, "0"),
    touched: { paths: n % 9, lines: n % 977 },
    window: { updates: n % 50, cents: 0 },
  };
  switch (n % 5) {
    case 0:
      return { ...given, tool: "repo.propose", branch: "topic", areas: n % 10 === 0 ? ["docs"] : ["tests"] };
    case 1:
      return { ...given, tool: "pr.comment", taint: ["issue", "web"] };
    case 2:
      return { ...given, tool: "sql.select", sql: n % 50 === 2 ? "refused" : "select" };
    case 3:
      return observed({ ...given, tool: "shell.test" }, { command: `npm test -- --shard=${n}` });
    default:
      return { ...given, tool: "repo.read" };
  }
}

function opened(name: string, constitution: Constitution, memory: "none" | "alike"): Engine {
  const answer = openPolicy(name, constitution, memory);
  if (answer.kind === "refused") throw new TypeError(JSON.stringify(answer.findings));
  return answer.engine;
}

const record: z.ZodType<Readonly<Record<string, Json>>> = z.record(z.string(), z.json());
const jsonOf = (value: object): Readonly<Record<string, Json>> => record.parse(JSON.parse(JSON.stringify(value)));

await bench("policy-simulate", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit } = await openBenchLog(dir, postgres);
  const access = { adminUrl: postgres.adminUrl, claimKey: postgres.claimKey, append: audit.append };
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const [claim] = await onboarded(1, access, database);
  if (claim === undefined) throw new TypeError("no tenant");
  const constitution = await readConstitution(TENANT);
  const then = opened("bench-then", constitution, "none");

  for (let n = 0; n < CALLS; n += TOGETHER)
    await database.withTenant(claim, async (tx) => {
      for (let i = n; i < n + TOGETHER; i += 1) {
        const facts = callOf(i);
        const { colour, reasons, errors, set } = await then.decide(facts);
        const verdict = { colour, reasons: reasons.map((reason) => ({ ...reason })), errors: [...errors], set };
        const plain = jsonOf({ facts, verdict });
        await audit.append(tx, {
          kind: "call.verdict",
          outcome: "success",
          observer: { type: "app", id: "countersign" },
          initiator: { type: "agent", id: facts.agent },
          target: { type: "tenant", id: claim.tenantId },
          requestId: `bench-${i}`,
          body: { v: 1, call: `call-${i}`, tool: facts.tool, args: {}, ...plain, set },
        });
      }
    });

  const reading = createReading(audit);
  const to = { initiator: { type: "operator", id: "bench" }, requestId: "bench" } as const;
  const page = async (cursor: Cursor): Promise<{ calls: readonly PastCall[]; next: Cursor | null }> => {
    const asked: PageAsked = { filter: { ...EVERYTHING, kinds: ["call.verdict"] }, cursor, limit: PAGE };
    const { entries, next }: ShownPage = await database.withTenant(claim, (tx) => reading.entries(tx, to, asked));
    const bodyOf = (value: unknown): unknown =>
      typeof value === "object" && value !== null && "payload" in value ? value.payload : null;
    return {
      calls: entries.map(({ id, op }) => ({ entry: id, body: op.kind === "open" ? bodyOf(op.value) : null })),
      next,
    };
  };
  async function pages(each: (past: PastCall) => void): Promise<void> {
    for (let cursor: Cursor | null = FROM_NEWEST; cursor !== null;) {
      const { calls, next }: Awaited<ReturnType<typeof page>> = await page(cursor);
      calls.forEach(each);
      cursor = next;
    }
  }

  const engine = opened("bench-now", constitution, "alike");
  const perSecond = async (work: () => Promise<void>): Promise<number> => {
    let best = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const began = performance.now();
      await work();
      best = Math.max(best, Math.round((CALLS * 1000) / (performance.now() - began)));
    }
    return best;
  };
  const held: PastCall[] = [];
  await pages((past) => void held.push(past));
  const read = await perSecond(() => pages(() => {}));
  const decided = await perSecond(async () => {
    const simulation = createSimulation(engine);
    for (const past of held) await simulation.take(past);
  });
  // The same without a memory: a ratio, which another load on the machine changes little.
  const sample = held.slice(0, SAMPLE);
  const began = performance.now();
  const slow = createSimulation(then);
  for (const past of sample) await slow.take(past);
  const ratio = Math.round((decided * (performance.now() - began)) / (1000 * sample.length));
  let last = createSimulation(engine).result();
  const both = await perSecond(async () => {
    last = await takePages<Cursor>(createSimulation(engine), FROM_NEWEST, page);
  });
  await database.close();
  const result = {
    calls: CALLS,
    rules: constitution.rules.length,
    of: `the quickest of ${ROUNDS} rounds`,
    per_second: both,
    only_read_per_second: read,
    only_decided_per_second: decided,
    memory_ratio: ratio,
    unchanged: last.unchanged,
    unreproduced: last.unreproduced.length,
    budget: { per_second: BUDGET_PER_SECOND, memory_ratio: BUDGET_RATIO, unchanged: CALLS },
  };
  console.log(JSON.stringify(result));
  if (last.calls !== CALLS || last.unchanged !== CALLS || last.unreproduced.length + last.unknown.length > 0)
    overBudget("not every verdict was given again (invariant 28)");
  if (ratio < BUDGET_RATIO)
    overBudget(`calls like one before are decided ${ratio} times as fast; ${BUDGET_RATIO} is the least`);
  if (!smoke && both < BUDGET_PER_SECOND) overBudget(`${both} past calls a second; the budget is ${BUDGET_PER_SECOND}`);
  publish(result);
}
