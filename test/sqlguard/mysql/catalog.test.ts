import { afterAll, describe, expect, it } from "vitest";
import { createMysqlParser, runSelect } from "#sqlguard/io";
import { judgeReached } from "../../../src/sqlguard/mysql/catalog.ts";
import { unmark } from "../cases/marked.ts";
import { probe } from "./probe.ts";
import { clientServer } from "./server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(t);
const hidden = `${world.database}_hidden`;

/** What a client's database may hold, by mischief or by chance. */
const HIDING_PLACES = [
  `create database ${hidden}`,
  `create table ${hidden}.salaries (id int)`,
  `create view ${hidden}.sleepy as select sleep(1) as s`,
  "create function act() returns int deterministic sql security definer reads sql data return (select count(*) from items)",
  "create function lower_all(a int) returns int deterministic return a",
  "create view acting as select act() as a",
  "create view over_acting as select * from acting",
  "create view slow as select sleep(0.01) as s",
  "create view locking as select get_lock('a', 1) as l",
  "create view files as select load_file('/etc/passwd') as f",
  "create view secrets as select user from mysql.user",
  "create view reaching as select s.id from orders o join information_schema.processlist s on s.id = o.id",
  `create view paid_by as select * from ${hidden}.salaries`,
  `create view dreaming as select * from ${hidden}.sleepy`,
  "create definer = current_user sql security invoker view as_invoker as select act() as a",
  "create view harmless as select upper(email) as e, date_format(now(), '%Y') as y from customers",
];
for (const statement of HIDING_PLACES) await t.sql(statement);
if (t.dialect === "mariadb") await t.sql("create sequence numbers");
afterAll(() => t.sql(`drop database ${hidden}`));

const parser = createMysqlParser(t.dialect);
afterAll(() => parser.close());
const run = (sql: string, url = world.url) => runSelect({ url }, sql, { mysqlParserFor: () => parser });

describe("G5, G6: what hides in the client's own objects is refused, at its place, and nothing happens", () => {
  const cases: readonly (readonly [sentence: string, marked: string, ...rules: string[]])[] = [
    ["a function of the client", "SELECT «lower_all»(1)", "function.unknown"],
    ["the same with its database", "SELECT «DB.lower_all»(1)", "function.user"],
    ["a view that calls one", "SELECT * FROM «acting»", "function.user"],
    ["a view over a view that does", "SELECT * FROM «over_acting»", "function.user"],
    ["a view that runs with the caller's rights", "SELECT * FROM «as_invoker»", "function.user"],
    ["a view that sleeps", "SELECT * FROM «slow»", "function.effect"],
    ["a view that sleeps, in a subquery", "SELECT 1 WHERE EXISTS (SELECT 1 FROM «slow»)", "function.effect"],
    ["a view that sleeps, by its database", "SELECT 1 FROM orders JOIN «DB.slow» ON 1 = 0", "function.effect"],
    ["a view that sleeps, behind a WITH query of its name", "SELECT * FROM «slow» JOIN (WITH slow AS (SELECT 1) SELECT * FROM slow) x ON 1 = 1", "function.effect"],
    ["a view that locks", "SELECT * FROM «locking»", "function.effect"],
    ["a view of files", "SELECT * FROM «files»", "function.reads_elsewhere"],
    ["a view of secrets", "SELECT * FROM «secrets»", "relation.secret"],
    ["a view of other sessions", "SELECT * FROM «reaching»", "relation.secret"],
    ["a view of what the login may not see", "SELECT * FROM «paid_by»", "relation.unreadable"],
    ["a view of a view that it may not see", "SELECT * FROM «dreaming»", "relation.unreadable"],
    ["a table that is not there", "SELECT * FROM «nothing_here»", "relation.unreadable"],
    ["a table of a database that it may not see", `SELECT * FROM «${hidden}.salaries»`, "relation.unreadable"],
    ["two at once", "SELECT * FROM «slow», «locking»", "function.effect"],
    ...(t.dialect === "mariadb" ? [["a sequence, as a table", "SELECT * FROM «numbers»", "relation.foreign"] as const] : []),
  ]; // prettier-ignore
  it.each(cases)("%s", async (_sentence, marked, ...rules) => {
    const { sql, places } = unmark(marked.replaceAll("DB", world.database));
    const before = await probe(t, world);
    const result = await run(sql);
    const refusals = result.kind === "denied" ? result.refusals : [];
    expect({ kind: result.kind, rules: [...new Set(refusals.map(({ rule }) => rule))] }).toEqual({
      kind: "denied",
      rules,
    });
    for (const place of places) expect(refusals.map(({ at }) => at)).toContainEqual(place);
    expect(await probe(t, world)).toEqual(before);
  });

  it("fail closed: a view whose text the login may not see is not read", async () => {
    await t.sql(`revoke show view on ${world.database}.* from ${world.account}`);
    const result = await run("SELECT * FROM paid_orders");
    await t.sql(`grant show view on ${world.database}.* to ${world.account}`);
    expect(result).toMatchObject({
      kind: "denied",
      refusals: [{ rule: "relation.unreadable", instead: expect.stringContaining("SHOW VIEW") }],
    });
  });

  it("fail closed: a database of the server's own is not the place to ask from", async () => {
    const url = world.url.replace(/[^/]*$/, "information_schema");
    expect(await run("SELECT * FROM processlist", url)).toMatchObject({ refusals: [{ rule: "relation.secret" }] });
    expect(await run("SELECT count(*) FROM tables", url)).toMatchObject({ kind: "rows" });
    expect(await run("SELECT 1 FROM customers", world.url.replace(/\/[^/]*$/, "/"))).toMatchObject({
      refusals: [{ rule: "relation.unreadable" }],
    });
  });
});

describe("the catalog opens what only it can", () => {
  it.each([
    ["a harmless view", "SELECT * FROM harmless LIMIT 1"],
    ["views over views", "SELECT * FROM paid_totals"],
    ["a WITH query of a bad view's name", "WITH slow AS (SELECT 1 AS s) SELECT s FROM DB.customers, slow LIMIT 1"],
  ])("%s", async (_sentence, sql) => {
    const result = await run(sql.replaceAll("DB", world.database));
    // A WITH query's name hides the view for the whole statement, but only the server knows where: it is looked at too.
    if (sql.startsWith("WITH"))
      expect(result).toMatchObject({ kind: "denied", refusals: [{ rule: "function.effect" }] });
    else expect(result).toMatchObject({ kind: "rows" });
  });
});

describe("engines that keep no rows of their own", () => {
  const relation = { schema: null, name: "t", maybeCte: false, start: 0, end: 1 };
  it.each([
    ["FEDERATED", "relation.foreign"],
    ["CONNECT", "relation.foreign"],
    ["SPIDER", "relation.foreign"],
    ["CSV", "relation.foreign"],
    ["SOMETHING_NEW", "relation.foreign"],
    [null, "relation.foreign"],
    ["InnoDB", undefined],
    ["Aria", undefined],
  ])("%s", (engine, rule) => {
    const table = { schema: "shop", name: "t", type: "BASE TABLE", engine };
    expect(judgeReached({ relation, tables: [table], views: [], tooDeep: false })[0]?.rule).toBe(rule);
  });
});
