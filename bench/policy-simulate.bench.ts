// Past calls decided again, as `countersign policy simulate` does it: out of a tenant's sealed log, page by page, each page on record, opened,
// parsed, and decided by Countersign's own rules with a client's. Budget: 5,000 past calls a second a process (issue 6).
//
// The same run also only reads the pages, and only decides: which of the two it is that takes the time. `--smoke` is short, and holds that
// every verdict is given again (invariant 28), which no other load can change. Exit status 1 when a budget is broken.

import { z } from "zod";
import { EVERYTHING } from "#audit";
import { createReading, FROM_NEWEST, type Cursor, type PageAsked, type ShownPage } from "#audit/io";
import { BASELINE, createSimulation, observed, type Engine, type Facts, type PastCall } from "#policy";
import type { Json } from "#kernel";
import { openPolicy, readConstitution, type Constitution } from "#policy/io";
import { createDatabase, migrate } from "#platform/postgres";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";

const BUDGET_PER_SECOND = 5_000;
const CALLS = smoke ? 2_000 : 20_000;
const ROUNDS = smoke ? 1 : 3;
const TOGETHER = 250;
const PAGE = 200;

const RULES = `@id("bench.docs") @version("1") @verdict("YELLOW") @text("A rule of the benchmark.")
forbid (principal, action in Countersign::Action::"write", resource) when { context.areas.contains("docs") }
unless { context has approval && context.approval.argsHash == context.argsHash };`;
const TENANT = {
  cedar: [{ layer: "tenant", file: "bench.cedar", text: RULES }],
  prose: [],
  cases: [],
  findings: [],
} as const;

/** No two of them alike, so that nothing that remembers would help. */
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
  async function pages(each: (past: PastCall) => Promise<void>): Promise<void> {
    let cursor: Cursor | null = FROM_NEWEST;
    while (cursor !== null) {
      const asked: PageAsked = { filter: { ...EVERYTHING, kinds: ["call.verdict"] }, cursor, limit: PAGE };
      const page: ShownPage = await database.withTenant(claim ?? fail(), (tx) => reading.entries(tx, to, asked));
      for (const { id, op } of page.entries) {
        const value = op.kind === "open" ? op.value : null;
        await each({
          entry: id,
          body: typeof value === "object" && value !== null && "payload" in value ? value.payload : null,
        });
      }
      cursor = page.next;
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
  await pages(async (past) => void held.push(past));
  const read = await perSecond(() => pages(async () => {}));
  const decided = await perSecond(async () => {
    const simulation = createSimulation(engine);
    for (const past of held) await simulation.take(past);
  });
  let last = createSimulation(engine).result();
  const both = await perSecond(async () => {
    const simulation = createSimulation(engine);
    await pages((past) => simulation.take(past));
    last = simulation.result();
  });
  await database.close();
  const result = {
    calls: CALLS,
    rules: constitution.rules.length,
    of: `the quickest of ${ROUNDS} rounds`,
    per_second: both,
    only_read_per_second: read,
    only_decided_per_second: decided,
    unchanged: last.unchanged,
    unreproduced: last.unreproduced.length,
    budget: { per_second: BUDGET_PER_SECOND, unchanged: CALLS },
  };
  console.log(JSON.stringify(result));
  if (last.calls !== CALLS || last.unchanged !== CALLS || last.unreproduced.length + last.unknown.length > 0)
    overBudget("not every verdict was given again (invariant 28)");
  if (!smoke && both < BUDGET_PER_SECOND) overBudget(`${both} past calls a second; the budget is ${BUDGET_PER_SECOND}`);
  publish(result);
}

function fail(): never {
  throw new TypeError("no tenant");
}
