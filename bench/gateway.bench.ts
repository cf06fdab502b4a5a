// What the gateway adds to one GREEN call: intake, facts, screening, breaker, budgets, the verdict and the intent durable in the log, the
// signature, the way to the doer over its socket and over the database's queue, its checks, the outcome's entry, the answer and its trace; against
// the tool called directly. One call at a time; gateway and doer share this process, PostgreSQL has its defaults, and nothing outside is
// asked. Intake, plan and screen are asked for together, so that their parts overlap. What two durable entries take is measured between the
// calls, so that both have the same load. `--smoke`: a few calls; what is held is that each is done, and how many times two entries' time it
// takes, which other load on the machine changes least.

import { loadavg } from "node:os";
import pg from "pg";
import type { Asked } from "#gateway";
import { migrate } from "#platform/postgres";
import { bench, publish, smoke } from "./support/bench.ts";
import { openGatewayBench, type GatewayBench, type WayToDoer } from "./support/gateway.ts";
import { median, percentile, rounded } from "./support/numbers.ts";

const BUDGET_P50_MS = 5;
const BUDGET_P99_MS = 25;
/** Times two durable entries, in the same run (medians). */
const BUDGET_RATIO = 10;
const WARM = smoke ? 5 : 200;
const CALLS = smoke ? 20 : 1_000;

const ASKED: Asked = {
  tool: "repo.read",
  arguments: { repository: "acme/shop", paths: ["README.md"] },
  idempotencyKey: null,
  explain: false,
  session: "bench",
  batch: null,
  citations: [],
  confidence: null,
  traceparent: null,
  from: "http",
};
const RESULT = { files: [{ path: "README.md", text: "A shop." }] } as const;
const direct = async () => ({ kind: "done", result: RESULT, summary: "Read one file." }) as const;

const bothOf = (values: readonly number[]) => ({
  p50: rounded(median(values)),
  p99: rounded(percentile(values, 0.99)),
});

const results: Record<string, object> = {};
for (const way of ["socket", "queue"] as const)
  await bench("gateway", async ({ dir, postgres, overBudget }) => {
    await migrate(postgres);
    const opened = await openGatewayBench({ dir, postgres }, way, direct);
    try {
      results[way] = await measured(opened, way, overBudget, () => analyzed(postgres.adminUrl));
    } finally {
      await opened.close();
    }
  });
publish("gateway", {
  unit: "milliseconds",
  budget: { p50: BUDGET_P50_MS, p99: BUDGET_P99_MS, timesTwoDurableEntries: BUDGET_RATIO },
  load: rounded(loadavg()[0] ?? Number.NaN),
  ...results,
});

async function measured(
  { gateway, who, parts, twoEntries }: GatewayBench,
  way: WayToDoer,
  overBudget: (what: string) => void,
  analyze: () => Promise<void>,
): Promise<object> {
  const through = (): Promise<number> =>
    took(async () => {
      const answer = await gateway.handle(who, ASKED, 60_000);
      if (answer.kind !== "done") throw new Error(`a call was not done: ${JSON.stringify(answer)}`);
    });
  await times(WARM, through);
  await analyze();
  await times(WARM, through);
  parts.forEach((each) => each.splice(0));
  const calls: number[] = [];
  const entries: number[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    calls.push(await through());
    entries.push(await took(twoEntries));
  }
  const alone = median(await times(CALLS, () => took(direct)));
  const ratio = rounded((median(calls) - alone) / median(entries));

  const added = { p50: rounded(median(calls) - alone), p99: rounded(percentile(calls, 0.99) - alone) };
  const result = {
    calls: calls.length,
    added,
    timesTwoDurableEntries: ratio,
    directP50: rounded(alone),
    twoDurableEntries: bothOf(entries),
    parts: Object.fromEntries([...parts].map(([name, values]) => [name, bothOf(values)])),
  };
  console.log(`${way}: ${JSON.stringify(result)}`);
  if (ratio > BUDGET_RATIO)
    overBudget(`by the ${way}, a call takes ${ratio} times what two entries take, at most ${BUDGET_RATIO}`);
  if (!smoke && added.p50 > BUDGET_P50_MS)
    overBudget(`by the ${way}, ${added.p50} ms are added to a call (median), at most ${BUDGET_P50_MS}`);
  if (!smoke && added.p99 > BUDGET_P99_MS)
    overBudget(`by the ${way}, ${added.p99} ms are added to a call (p99), at most ${BUDGET_P99_MS}`);
  return result;
}

/** As autovacuum does it within the first minute: until then the planner knows nothing of these tables. */
async function analyzed(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query("vacuum analyze");
  await admin.end();
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function times(count: number, one: () => Promise<number>): Promise<readonly number[]> {
  const all: number[] = [];
  for (let n = 0; n < count; n += 1) all.push(await one());
  return all;
}
