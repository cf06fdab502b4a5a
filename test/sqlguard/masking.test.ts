import { afterAll, describe, expect, it } from "vitest";
import type { RunResult } from "#sqlguard";
import { createParser, runSelect } from "#sqlguard/io";
import { ROW_FUNCTIONS } from "../../src/sqlguard/postgres/name-scope.ts";
import { clientServer } from "./client-server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(
  t,
  `create view shop.contacts as select c.id, c.email as address, 'x' as kind from shop.customers c;
   create view shop.domains as select id, split_part(email, '@', 2) as domain from shop.customers;
   create view shop.known as select id, email is not null as known from shop.customers;
   create view shop.deep as select a.address as a, a.id from shop.contacts a;
   create view shop.people as select c as person, c.id from shop.customers c;
   create view shop.placed as select c.id, o.total from shop.customers c join shop.orders o on o.customer_id = c.id where c.email like 'c%';
   create view shop.unioned as select id, 'a' as v from shop.orders union all select id, email from shop.customers;
   create materialized view shop.copied as select id, email as mail from shop.customers;
   create table shop.logs (id int, who text, day int) partition by list (day);
   create table shop.logs_1 partition of shop.logs for values in (1);
   insert into shop.logs values (1, 'secret-who', 1);
   create table shop.wide (id int, name text, name_lower text generated always as (lower(name)) stored);
   insert into shop.wide values (1, 'Secret-Name');
   create extension hstore;
   create view shop.listed as select c.id, l.x from shop.customers c, lateral (values (c.email)) l(x);
   create view shop.told as select c.id, j.v from shop.customers c, json_table(to_jsonb(c.email), '$' columns (v text path '$')) j;
   create view shop.logins as select rolname as name, rolconfig::text as settings from pg_roles;
   create view shop.ranked as select id, row_number() over w as r from shop.customers window w as (order by email);
   create view shop.searched as with recursive r as (select id, email from shop.customers union all select id, email from r where false)
     search depth first by email set seen select id, seen::text as seen from r;`,
);
const parser = createParser(18);
afterAll(() => parser.close());

const masks = [
  { schema: "shop", table: "customers", column: "email" },
  { schema: "shop", table: "logs", column: "who" },
  { schema: "shop", table: "wide", column: "name" },
];
const rules = { masks, functions: [] };
const run = (sql: string): Promise<RunResult> => runSelect({ url: world.url }, sql, { parserFor: () => parser, rules });
const says = async (sql: string): Promise<string> => JSON.stringify(await run(sql));

const HUNDRED = Array.from({ length: 100 }, (_, i) => i).join(", ");
const SECRET = /@example|c1\b.*@|secret-who|secret-name/i;

describe("6.5 a masked column comes back hidden", () => {
  it.each<readonly [string, readonly (string | null)[]]>([
    ["SELECT id, email FROM shop.customers WHERE id = 1", ["1", "[masked]"]],
    ["SELECT c.email AS contact, c.id FROM shop.customers c WHERE c.id = 1", ["[masked]", "1"]],
    ["SELECT * FROM shop.customers WHERE id = 1", ["1", "[masked]"]],
    ["SELECT c.* FROM shop.customers AS c WHERE id = 1", ["1", "[masked]"]],
    ["TABLE shop.customers LIMIT 1", ["1", "[masked]"]],
    ["SELECT c FROM shop.customers c WHERE c.id = 1", ["[masked]"]],
    ["SELECT customers FROM shop.customers WHERE id = 1", ["[masked]"]],
    ["SELECT x.m, x.id FROM (SELECT email AS m, id FROM shop.customers) x WHERE id = 1", ["[masked]", "1"]],
    ["SELECT * FROM (SELECT email AS m, id FROM shop.customers) x WHERE id = 1", ["[masked]", "1"]],
    ["SELECT x.r FROM (SELECT c AS r, id FROM shop.customers c) x WHERE x.id = 1", ["[masked]"]],
    ["WITH q AS (SELECT id, email FROM shop.customers) SELECT q.email, q.id FROM q WHERE id = 1", ["[masked]", "1"]],
    ["WITH q(a, b) AS (SELECT id, email FROM shop.customers) SELECT b FROM q LIMIT 1", ["[masked]"]],
    ["WITH q(a, b) AS (SELECT id, email FROM shop.customers) SELECT * FROM q WHERE a = 1", ["1", "[masked]"]],
    ["SELECT z.b FROM shop.customers AS z(a, b) LIMIT 1", ["[masked]"]],
    ["SELECT * FROM shop.customers AS z(a, b) WHERE a = 1", ["1", "[masked]"]],
    ["SELECT j.email FROM (shop.customers c JOIN shop.orders o ON o.customer_id = c.id) AS j LIMIT 1", ["[masked]"]],
    ["SELECT 'x' AS v UNION ALL SELECT email FROM shop.customers WHERE id = 1 LIMIT 1 OFFSET 1", ["[masked]"]],
    ["SELECT u.v FROM (SELECT 'x' AS v UNION ALL SELECT email FROM shop.customers WHERE id = 1) u LIMIT 1 OFFSET 1", ["[masked]"]],
    ["SELECT u.column1 FROM (VALUES ('x') UNION ALL SELECT email FROM shop.customers) u LIMIT 1 OFFSET 1", ["[masked]"]],
    ["SELECT d.a FROM (SELECT * FROM (SELECT 'x' AS a) q UNION ALL SELECT email FROM shop.customers) d LIMIT 1 OFFSET 1", ["[masked]"]],
    ["WITH d AS (SELECT * FROM (VALUES ('x')) AS v(a) UNION ALL SELECT email FROM shop.customers) SELECT * FROM d LIMIT 1 OFFSET 1", ["[masked]"]],
    ["SELECT d.q FROM (SELECT e.q FROM (SELECT email AS q FROM shop.customers) e) d LIMIT 1", ["[masked]"]],
    ["WITH RECURSIVE r(n, v) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, c.email FROM r JOIN shop.customers c ON c.id = n WHERE n < 3) SELECT v FROM r WHERE n = 2", ["[masked]"]],
    ["SELECT *, email AS again FROM shop.customers WHERE id = 1", ["1", "[masked]", "[masked]"]],
    ["SELECT l.e FROM shop.customers c, LATERAL (SELECT c.email AS e) l LIMIT 1", ["[masked]"]],
    ["SELECT address, id FROM shop.contacts WHERE id = 1", ["[masked]", "1"]],
    ["SELECT * FROM shop.contacts WHERE id = 1", ["1", "[masked]", "x"]],
    ["SELECT a, id FROM shop.deep WHERE id = 1", ["[masked]", "1"]],
    ["SELECT domain, id FROM shop.domains WHERE id = 1", ["[masked]", "1"]],
    ["SELECT known, id FROM shop.known WHERE id = 1", ["[masked]", "1"]],
    ["SELECT person, id FROM shop.people WHERE id = 1", ["[masked]", "1"]],
    ["SELECT v FROM shop.unioned LIMIT 1", ["[masked]"]],
    ["SELECT mail, id FROM shop.copied WHERE id = 1", ["[masked]", "1"]],
    ["SELECT who FROM shop.logs", ["[masked]"]],
    ["SELECT who FROM shop.logs_1", ["[masked]"]],
    ["SELECT name_lower, id FROM shop.wide", ["[masked]", "1"]],
    // What a view's own query does with it on the way.
    ["SELECT x FROM shop.listed LIMIT 1", ["[masked]"]],
    ["SELECT v FROM shop.told LIMIT 1", ["[masked]"]],
    ["SELECT r FROM shop.ranked LIMIT 1", ["[masked]"]],
    ["SELECT seen FROM shop.searched LIMIT 1", ["[masked]"]],
    // PostgreSQL names more columns of VALUES than anybody writes.
    [`SELECT u.column101 FROM (VALUES (${HUNDRED}, 'x') UNION ALL SELECT ${HUNDRED}, email FROM shop.customers) u LIMIT 1 OFFSET 1`, ["[masked]"]],
  ])("%s", async (sql, row) => {
    const result = await run(sql);
    if (result.kind !== "rows") throw new Error(JSON.stringify(result));
    expect(result.result.rows[0]).toEqual(row);
    expect(result.result.columns.map(({ masked }) => masked === true)).toEqual(row.map((value) => value === "[masked]"));
    expect(JSON.stringify(result)).not.toMatch(SECRET);
  }); // prettier-ignore
});

describe("6.5 what goes by other columns is answered as ever", () => {
  it.each([
    "SELECT count(*) FROM shop.customers",
    "SELECT c.id, count(*) FROM shop.customers c JOIN shop.orders o ON o.customer_id = c.id GROUP BY c.id ORDER BY 2 DESC LIMIT 5",
    "SELECT o.total FROM shop.orders o WHERE EXISTS (SELECT * FROM shop.customers c WHERE c.id = o.customer_id)",
    "SELECT o.status FROM shop.orders o WHERE o.customer_id IN (SELECT id FROM shop.customers) ORDER BY o.total",
    "SELECT DISTINCT id FROM shop.customers",
    "SELECT id, total FROM shop.placed WHERE total > 5",
    "SELECT c.id, i.price FROM shop.customers c JOIN shop.orders o ON c.id = o.customer_id JOIN shop.items i ON i.order_id = o.id",
    "EXPLAIN SELECT email FROM shop.customers WHERE id = 1",
    "SELECT status, sum(total) FROM shop.orders GROUP BY status",
    "SELECT id FROM shop.logs UNION SELECT id FROM shop.customers",
  ])("%s", async (sql) => {
    const result = await run(sql);
    if (result.kind !== "rows") throw new Error(JSON.stringify(result));
    expect(result.result.columns.some(({ masked }) => masked === true)).toBe(false);
  });
});

describe("6.5 fail closed: a masked column in anything but an output is refused", () => {
  it.each([
    // Expressions and casts: their errors, lengths and times tell of the value.
    "SELECT lower(email) FROM shop.customers",
    "SELECT email || '' FROM shop.customers",
    "SELECT email::int FROM shop.customers",
    "SELECT CASE WHEN email LIKE 'a%' THEN 1/0 ELSE 1 END FROM shop.customers",
    "SELECT (c).email FROM shop.customers c",
    "SELECT (c.*).email FROM shop.customers c",
    "SELECT row_to_json(c) FROM shop.customers c",
    "SELECT c::text FROM shop.customers c",
    "SELECT to_jsonb(c) ->> 'email' FROM shop.customers c",
    "SELECT ROW(c.*) FROM shop.customers c",
    "SELECT (SELECT email FROM shop.customers WHERE id = 1)",
    "SELECT ARRAY(SELECT email FROM shop.customers)",
    "SELECT ARRAY(SELECT c FROM shop.customers c)",
    "SELECT x.v FROM (SELECT upper(email) AS v FROM shop.customers) x",
    "SELECT (x.r).email FROM (SELECT c AS r FROM shop.customers c) x",
    "SELECT x.r::text FROM (SELECT c AS r FROM shop.customers c) x",
    "SELECT x FROM (SELECT email FROM shop.customers) x WHERE x::text LIKE '%a%'",
    "SELECT v FROM shop.customers, unnest(ARRAY[email]) AS v",
    "SELECT v.x FROM shop.customers c, LATERAL (VALUES (c.email)) AS v(x)",
    "SELECT j.email FROM jsonb_to_recordset((SELECT jsonb_agg(c) FROM shop.customers c)) AS j(email text)",
    // Conditions.
    "SELECT id FROM shop.customers WHERE email LIKE 'c1%'",
    "SELECT count(*) FROM shop.customers WHERE email > 'm'",
    "SELECT count(*) FILTER (WHERE email > 'm') FROM shop.customers",
    "SELECT id FROM shop.customers WHERE email IS NULL",
    "SELECT c.id FROM shop.customers c WHERE c IS NOT NULL AND c::text LIKE '%1%'",
    "SELECT o.id FROM shop.orders o JOIN shop.customers c ON c.email = 'c1@example.com'",
    "SELECT count(*) FROM shop.customers JOIN (SELECT 'c1@example.com' AS email) g USING (email)",
    "SELECT count(*) FROM shop.customers NATURAL JOIN (SELECT 'c1@example.com' AS email) g",
    "SELECT id FROM shop.customers WHERE 'c1@example.com' IN (SELECT email FROM shop.customers)",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM shop.customers WHERE email = 'x')",
    "SELECT 1 WHERE ('c1@example.com') = ANY (SELECT * FROM (SELECT email FROM shop.customers) x)",
    "SELECT id FROM shop.contacts WHERE address LIKE 'c1%'",
    "SELECT id FROM shop.domains WHERE domain = 'example.com'",
    "WITH q(a, b) AS (SELECT id, email FROM shop.customers) SELECT a FROM q WHERE b > 'm'",
    "SELECT z.a FROM shop.customers AS z(a, b) WHERE z.b > 'm'",
    // Orders, groups, duplicates.
    "SELECT id FROM shop.customers ORDER BY email",
    "SELECT id, email FROM shop.customers ORDER BY 2",
    "SELECT * FROM shop.customers ORDER BY 2",
    "SELECT email AS e FROM shop.customers ORDER BY e",
    "SELECT email, count(*) FROM shop.customers GROUP BY email",
    "SELECT email, count(*) FROM shop.customers GROUP BY 1",
    "SELECT DISTINCT email FROM shop.customers",
    "SELECT DISTINCT * FROM shop.customers",
    "SELECT DISTINCT ON (id) email FROM shop.customers",
    "SELECT 'c1@example.com' UNION SELECT email FROM shop.customers",
    "SELECT 'c1@example.com' INTERSECT SELECT email FROM shop.customers",
    "SELECT 'c1@example.com' EXCEPT ALL SELECT email FROM shop.customers",
    "SELECT id, row_number() OVER (ORDER BY email) FROM shop.customers",
    "SELECT id, row_number() OVER w FROM shop.customers WINDOW w AS (PARTITION BY email)",
    // What PostgreSQL reads as positions, too.
    "SELECT email, count(*) FROM shop.customers GROUP BY ROLLUP (1)",
    "SELECT email, count(*) FROM shop.customers GROUP BY CUBE ((1))",
    "SELECT email, count(*) FROM shop.customers GROUP BY GROUPING SETS ((1), ())",
    "SELECT email, 5, count(*) FROM shop.customers GROUP BY (1, 2)",
    "SELECT 0, 'c3' UNION ALL SELECT * FROM shop.customers ORDER BY 2",
    "VALUES (0, 'c3') UNION ALL TABLE shop.customers ORDER BY 2",
    "(SELECT email FROM shop.customers) UNION ALL (SELECT email FROM shop.customers ORDER BY 1 LIMIT 1)",
    `SELECT upper(u.column101) FROM (VALUES (${HUNDRED}, 'x') UNION ALL SELECT ${HUNDRED}, email FROM shop.customers) u`,
    // Aggregates.
    "SELECT max(email) FROM shop.customers",
    "SELECT string_agg(email, ',') FROM shop.customers",
    "SELECT count(DISTINCT email) FROM shop.customers",
    "SELECT json_agg(c) FROM shop.customers c",
    "SELECT count(c.*) FROM shop.customers c",
    "EXPLAIN SELECT id FROM shop.customers WHERE email > 'm'",
    "SELECT d.a || '' FROM (SELECT * FROM (SELECT 'x' AS a) q UNION ALL SELECT email FROM shop.customers) d",
    "SELECT count(*) FROM (SELECT * FROM (SELECT 'x' AS a) q UNION ALL SELECT email FROM shop.customers) d WHERE d.a > 'm'",
    'SELECT email COLLATE "C" FROM shop.customers',
    "SELECT x.c FROM (SELECT c FROM shop.customers c) x ORDER BY x.c",
    "SELECT id FROM shop.customers c GROUP BY c.id HAVING max(c.email) > 'm'",
    "SELECT JSON_OBJECT('a': email) FROM shop.customers",
    "SELECT xmlelement(name a, email) FROM shop.customers",
    "SELECT * FROM shop.customers c JOIN LATERAL (SELECT 1 WHERE c.email > 'm') l ON true",
    "WITH RECURSIVE r AS (SELECT id, email FROM shop.customers UNION SELECT id, email FROM r) SELECT id FROM r",
    'SELECT id FROM shop.customers ORDER BY U&"em\\0061il"',
    "SELECT name_lower || '' FROM shop.wide",
    "SELECT max(who) FROM shop.logs_1",
  ])("%s", async (sql) => {
    const result = await run(sql);
    expect(result).toMatchObject({ kind: "denied" });
    expect(result.kind === "denied" && result.refusals.map(({ rule }) => rule)).toContain("column.masked");
  });

  it("PostgreSQL's own functions that can be written as a column of a row are all on the list", async () => {
    const harmless = /^(?:count|num_nulls|num_nonnulls|pg_collation_for|pg_typeof|pg_restore_.*)$/;
    const all = await t.adminSql("select distinct proname::text as name from pg_proc where pronamespace = 'pg_catalog'::regnamespace");
    const taken: string[] = [];
    for (const name of all.map((each) => String(each["name"])))
      await t.adminSql(`explain select d."${name}" from (select 1 as x1, 'a' as y1) d`).then(() => taken.push(name), () => {});
    expect(taken.length).toBeGreaterThan(20);
    expect(taken.filter((name) => !ROW_FUNCTIONS.has(name) && !harmless.test(name))).toEqual([]);
  }); // prettier-ignore

  it("a refusal has the place of the column", async () => {
    expect(await run("SELECT id FROM shop.customers\nWHERE email > 'm'")).toMatchObject({
      refusals: [{ rule: "column.masked", at: { line: 2, column: 7, length: 5 }, text: "email" }],
    });
  });

  it.each(["SELECT x.hstore FROM (SELECT email FROM shop.customers) x", "WITH q AS (SELECT * FROM shop.customers) SELECT q.hstore FROM q", "SELECT c.hstore FROM shop.customers c"])(
    "a reviewed extension's function of a whole row cannot be written as a column of it: %s",
    async (sql) => {
      expect(await run(sql)).toMatchObject({ kind: "denied", refusals: [{ rule: "function.user", text: "hstore" }] });
    },
  ); // prettier-ignore

  it("where an answer is cut does not tell how long a hidden value is", async () => {
    const rows = async (id: number): Promise<number> => {
      const columns = Array.from({ length: 1_600 }, () => "email").join(", ");
      const result = await run(`SELECT ${columns} FROM shop.customers, generate_series(1, 1000) WHERE id = ${id}`);
      if (result.kind !== "rows") throw new Error(JSON.stringify(result).slice(0, 300));
      expect(result.result.truncated).toBe("bytes");
      return result.result.rows.length;
    };
    // c1@example.com and c10@example.com
    expect(await rows(1)).toBe(await rows(10));
  });

  it("what was set for a role is hidden without anybody's list, as the catalog's own table of it is refused", async () => {
    await t.adminSql(`alter role ${world.role} set app.token = 'secret-who'`);
    for (const sql of [
      `SELECT settings FROM shop.logins WHERE name = '${world.role}'`,
      `SELECT * FROM shop.logins WHERE name = '${world.role}'`,
      `SELECT rolconfig FROM pg_roles WHERE rolname = '${world.role}'`,
      `SELECT useconfig FROM pg_catalog.pg_user WHERE usename = '${world.role}'`,
      `SELECT * FROM pg_roles r WHERE rolname = '${world.role}'`,
    ]) {
      const result = await runSelect({ url: world.url }, sql, { parserFor: () => parser });
      expect(result.kind).toBe("rows");
      expect(JSON.stringify(result)).not.toMatch(SECRET);
    }
    await t.adminSql(`alter role ${world.role} reset app.token`);
  });

  it("the bytes of a hidden value are not told by their number", async () => {
    const one = await run("SELECT email FROM shop.customers WHERE id = 1");
    expect(one.record.bytes).toBe(0);
  });

  it("whatever is written, no value comes out: the column is spelled in every place at once", async () => {
    for (const sql of ["SELECT c.row_to_json FROM shop.customers c", "SELECT x.to_jsonb FROM (SELECT * FROM shop.customers) x", "SELECT x.row_to_json FROM (SELECT email FROM shop.customers) x, (SELECT 1 AS row_to_json) y"])
      expect(await says(sql)).not.toMatch(SECRET);
  }); // prettier-ignore
});
