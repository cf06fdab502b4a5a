// What the walls cost a query on a real PostgreSQL on loopback: the whole of it, and how much of that is the plan that is asked for and
// compared with the walk (6.3). `--smoke`: a few queries, no budget. Exit status 1 when the plan adds more than its budget.

import { randomBytes } from "node:crypto";
import pg from "pg";
import { NO_RULES, RUN_LIMITS } from "#sqlguard";
import { createParser, runSelect } from "#sqlguard/io";
import { loadCatalog } from "../src/sqlguard/io/postgres/catalog.ts";
import { planOf, strangersOf } from "../src/sqlguard/io/postgres/plan.ts";
import { openSession } from "../src/sqlguard/io/postgres/session.ts";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { percentile, rounded } from "./support/numbers.ts";
import { QUERY } from "./support/statements.ts";

const BUDGET = { plan_p50_ms: 5 };
const ROUNDS = smoke ? 5 : 300;
const MAJOR = 18;

const SHOP = `
  create schema shop;
  create table shop.customers (id int primary key, email text not null);
  create table shop.orders (id int primary key, customer_id int not null references shop.customers, status text not null, total numeric not null);
  insert into shop.customers select i, 'c' || i || '@example.com' from generate_series(1, 500) i;
  insert into shop.orders select i, 1 + i % 500, (array['open', 'paid', 'late'])[1 + i % 3], i from generate_series(1, 3000) i;
  create view shop.paid as select o.customer_id, sum(o.total) as total from shop.orders o where o.status = 'paid' group by 1;
  grant usage on schema shop to reader;
  grant select on all tables in schema shop to reader;
  analyze;
`;

const QUERIES = {
  join_group_limit: QUERY,
  through_a_view:
    "SELECT c.email, p.total FROM shop.customers c JOIN shop.paid p ON p.customer_id = c.id WHERE p.total > 100",
  own_view: "SELECT pid, state, wait_event FROM pg_stat_activity WHERE state <> 'idle'",
};

interface Spread {
  readonly p50: number;
  readonly p99: number;
}

const spread = (times: readonly number[]): Spread => ({
  p50: rounded(percentile(times, 0.5)),
  p99: rounded(percentile(times, 0.99)),
});

await bench("sqlguard-run", run);

async function run({ postgres, overBudget, publish }: Bench): Promise<void> {
  const password = randomBytes(12).toString("hex");
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await admin.query(`create role reader login password '${password}'`);
  await admin.query(SHOP);
  await admin.end();
  const url = postgres.adminUrl.replace(/\/\/[^@]*@/, `//reader:${password}@`);
  const parser = createParser(MAJOR);
  const figures: Record<string, { readonly whole_ms: Spread; readonly plan_ms: Spread }> = {};
  for (const [name, sql] of Object.entries(QUERIES)) figures[name] = await figuresOf(sql);
  await parser.close();
  const result = { grammar: `PostgreSQL ${MAJOR}, on loopback`, queries: ROUNDS, figures, budget: BUDGET };
  console.log(JSON.stringify(result, null, 2));
  publish(result);
  for (const [name, { plan_ms: plan }] of Object.entries(figures))
    if (!smoke && plan.p50 > BUDGET.plan_p50_ms) overBudget(`${name}: the plan adds ${plan.p50} ms`);

  async function figuresOf(sql: string) {
    const whole: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const began = performance.now();
      const answer = await runSelect({ url }, sql, { parserFor: () => parser });
      whole.push(performance.now() - began);
      if (answer.kind !== "rows") throw new Error(JSON.stringify(answer));
    }
    return { whole_ms: spread(whole), plan_ms: spread(await plans(sql)) };
  }

  /** Each in a session of its own, as in a query: nothing of the server's caches is warm that would not be. */
  async function plans(sql: string): Promise<readonly number[]> {
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const opened = await openSession(url, RUN_LIMITS);
      if (opened.kind !== "open") throw new Error(opened.why);
      const { session } = opened;
      const answer = await parser.classify(sql);
      if (answer.kind !== "classified") throw new Error(answer.kind);
      const facts = await loadCatalog(session, parser, answer.classified, MAJOR);
      const looked = { classified: answer.classified, facts, rules: NO_RULES, major: MAJOR } as const;
      const began = performance.now();
      const read = await planOf(session, parser, sql, RUN_LIMITS);
      if (read.kind !== "plan") throw new Error(read.kind);
      const strangers = await strangersOf(session, parser, read.plan, looked);
      times.push(performance.now() - began);
      if (strangers.length > 0) throw new Error(JSON.stringify(strangers));
      await session.end();
    }
    return times;
  }
}
