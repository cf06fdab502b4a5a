import { afterAll, describe, expect, it } from "vitest";
import { NO_RULES, RUN_LIMITS } from "#sqlguard";
import { createParser, runSelect } from "#sqlguard/io";
import { loadCatalog } from "../../src/sqlguard/io/postgres/catalog.ts";
import { planOf, strangersOf } from "../../src/sqlguard/io/postgres/plan.ts";
import { openSession } from "../../src/sqlguard/io/postgres/session.ts";
import { maskedPositions, readPlan } from "../../src/sqlguard/postgres/plan.ts";
import { wordsOf } from "../../src/sqlguard/postgres/plan-words.ts";
import { clientServer } from "./client-server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(
  t,
  `create function shop.spy(text) returns text volatile language plpgsql as 'begin return $1; end';
   create view shop.spying as select shop.spy(status) as s from shop.orders;
   create view shop.over_spying as select s from shop.spying;
   create view shop.secrets as select rolname from pg_authid;
   create table shop.watched (id int);
   alter table shop.watched enable row level security;
   create policy w on shop.watched using (shop.spy(id::text) is not null);
   create function shop.loud(int, text) returns boolean language plpgsql as 'begin return true; end';
   create operator shop.=? (leftarg = int, rightarg = text, function = shop.loud);
   create view shop.louder as select id operator(shop.=?) 'a' as x from shop.orders;
   create view shop.paid_more as select o.id from shop.orders o join shop.items i on i.order_id = o.id;
   create table shop.logs (id int, day int) partition by list (day);
   create table shop.logs_1 partition of shop.logs for values in (1);
   create table shop.logs_2 partition of shop.logs for values in (2);
   insert into shop.logs values (1, 1), (2, 2);
   create function shop.spent(int) returns numeric language sql stable return (select sum(total) from shop.orders where customer_id = $1);
   create function shop.half(numeric) returns numeric language sql immutable as 'select trunc($1 / 2)';`,
);
const parser = createParser(18);
afterAll(() => parser.close());

/** As if the catalog layer had seen nothing behind the statement's own words. */
async function blind(sql: string): Promise<readonly string[]> {
  const opened = await openSession(world.url, RUN_LIMITS);
  if (opened.kind !== "open") throw new Error(opened.why);
  const { session } = opened;
  try {
    const answer = await parser.classify(sql);
    if (answer.kind !== "classified") throw new Error(answer.kind);
    const { classified } = answer;
    const whole = await loadCatalog(session, parser, classified, 18);
    const named = new Set(classified.names.filter(({ kind }) => kind === "relation").map(({ name }) => `shop.${name}`));
    const facts = { ...whole, bodies: [], reached: whole.reached.filter(({ label }) => named.has(label)) };
    const read = await planOf(session, parser, sql, RUN_LIMITS);
    if (read.kind !== "plan") throw new Error(JSON.stringify(read));
    const looked = { classified, facts, rules: NO_RULES, major: 18 } as const;
    return (await strangersOf(session, parser, read.plan, looked)).map(({ text }) => text);
  } finally {
    await session.end();
  }
}

describe("6.3 the plan is compared with what the walk let through: what nobody approved is refused, were the catalog layer blind", () => {
  it.each([
    ["a function in a view", "SELECT s FROM shop.spying", ["shop.orders", "shop.spy()"]],
    ["a function in a view in a view", "SELECT s FROM shop.over_spying", ["shop.orders", "shop.spy()"]],
    ["a secret relation in a view", "SELECT * FROM shop.secrets", ["pg_catalog.pg_authid"]],
    ["a function in a row policy", "SELECT id FROM shop.watched", ["shop.spy()"]],
    ["an operator in a view", "SELECT x FROM shop.louder", ["shop.orders", "the operator shop.=?"]],
    ["tables in a view", "SELECT id FROM shop.paid_more", ["shop.items", "shop.orders"]],
  ])("%s", async (_sentence, sql, strangers) => {
    expect((await blind(sql)).toSorted()).toEqual(strangers.toSorted());
  });

  it("nothing is strange in what the statement itself names", async () => {
    expect(
      await blind("SELECT lower(email), count(*) OVER (PARTITION BY id) FROM shop.customers WHERE email LIKE 'c1%'"),
    ).toEqual([]);
  });
});

describe("6.3 honest statements whose plan says more than they do", () => {
  const allow = async (name: string) => {
    const denied = await runSelect({ url: world.url }, `SELECT ${name}(1)`, { parserFor: () => parser });
    const sha256 = /sha256: (\w+)/.exec(JSON.stringify(denied))?.[1] ?? "";
    return { schema: "shop", name: name.replace("shop.", ""), sha256 };
  };
  it.each([
    ["partitions that it does not name", "SELECT id FROM shop.logs"],
    ["PostgreSQL's own views", "SELECT pid, usename, state FROM pg_stat_activity"],
    [
      "the standard's views",
      "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'shop'",
    ],
    ["locks and indexes", "SELECT l.mode, i.indexrelname FROM pg_locks l, pg_stat_user_indexes i LIMIT 5"],
    [
      "operators that the planner makes of LIKE",
      "SELECT id FROM shop.customers WHERE email LIKE 'c%' AND starts_with(email, 'c')",
    ],
  ])("%s", async (_sentence, sql) => {
    expect(await runSelect({ url: world.url }, sql, { parserFor: () => parser })).toMatchObject({ kind: "rows" });
  });

  it("the body of a listed SQL function, which PostgreSQL puts in the place of its call", async () => {
    const rules = { masks: [], functions: [await allow("shop.half"), await allow("shop.spent")] };
    const sql = "SELECT shop.half(total), shop.spent(customer_id) FROM shop.orders LIMIT 2";
    expect(await runSelect({ url: world.url }, sql, { parserFor: () => parser, rules })).toMatchObject({
      kind: "rows",
    });
  });
});

describe("what a plan names", () => {
  it.each<[string, string, Partial<ReturnType<typeof wordsOf>>]>([
    ["a call", "lower(c.email)", { functions: [{ schema: null, name: "lower" }] }],
    ["a call with its schema", "shop.f(c.id)", { functions: [{ schema: "shop", name: "f" }] }],
    ["a call in quotes", '"Odd ""one"""(1)', { functions: [{ schema: null, name: 'Odd "one"' }] }],
    ["a call named like a keyword", '"numeric"(1)', { functions: [{ schema: null, name: "numeric" }] }],
    [
      "a call in a window",
      "(row_number() OVER (?))",
      { functions: [{ schema: null, name: "row_number" }], operators: [] },
    ],
    ["no call in a string", "'shop.f(1)'::text", { functions: [] }],
    ["no call in a string with escapes", String.raw`E'\'f(1)'::text`, { functions: [] }],
    ["no call in a type's length", "(c.email)::character varying(3)", { functions: [] }],
    [
      "no call in the length of an interval",
      "('1'::interval second(2)) + ('1'::interval day to second(2))",
      { functions: [] },
    ],
    ["no call in a type of the client's", "(c.g)::shop.point(1)", { functions: [] }],
    ["no call in PostgreSQL's own words", "COALESCE(EXTRACT(year FROM c.t), (1)::numeric(3,1))", { functions: [] }],
    ["an operator with its schema", "(a.x OPERATOR(shop.=) b.y)", { operators: [{ schema: "shop", name: "=" }] }],
    [
      "a whole row, and a count of all",
      "ROW(c.*, count(*))",
      { operators: [], columns: [{ alias: "c", column: "*" }] },
    ],
    ["subplans", "((hashed SubPlan 2) OR (InitPlan 1).col1 OR $0)", { subplans: ["SubPlan 2", "InitPlan 1", "$0"] }],
  ])("%s", (_sentence, text, words) => {
    expect(wordsOf(text)).toMatchObject(words);
  });

  const node = (more: object): object => ({
    "Node Type": "Seq Scan",
    "Total Cost": 1,
    "Plan Rows": 1,
    "Plan Width": 1,
    ...more,
  });
  const from = { "Relation Name": "customers", Schema: "shop", Alias: "c" };
  const masked = new Map([["shop.customers", new Set(["email"])]]);

  it.each([
    ["itself", ["c.id", "c.email"], [1]],
    ["in an expression", ["(lower(c.email) || 'x'::text)", "c.id"], [0]],
    ["in its row", ["c.*"], [0]],
    ["in a subquery", ["(SubPlan 1)", "c.id"], [0]],
    ["nowhere", ["c.id", "'email'::text"], []],
  ])("a masked column in an output is hidden whatever the walk said: %s", (_sentence, Output, positions) => {
    const inner = node({ ...from, Alias: "c_1", "Subplan Name": "SubPlan 1", Output: ["max(c_1.email)"] });
    const plan = readPlan([{ Plan: node({ ...from, Output, Plans: [inner] }) }]);
    expect(plan && [...maskedPositions(plan, masked)]).toEqual(positions);
  });

  it.each([
    ["no plan", { Plan: 1 }],
    ["a plan without its cost", { Plan: { "Node Type": "Result" } }],
  ])("fail closed: %s is none", (_sentence, printed) => {
    expect(readPlan([printed])).toBeNull();
  });

  it.each(["ModifyTable", "LockRows", "Foreign Scan", "Custom Scan", ""])(
    "fail closed: a part of the kind %j is strange",
    (type) => {
      expect(readPlan([{ Plan: node({ Plans: [{ "Node Type": type }] }) }])?.strange).toEqual([type]);
    },
  );
});
