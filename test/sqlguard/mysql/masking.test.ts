import { afterAll, describe, expect, it } from "vitest";
import type { RunResult } from "#sqlguard";
import { createMysqlParser, examineLogin, runSelect } from "#sqlguard/io";
import { foldedName } from "../../../src/sqlguard/mysql/names.ts";
import { unmark } from "../cases/marked.ts";
import { clientServer } from "./server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(t);
for (const statement of [
  "create table wide (id int, name varchar(50), name_lower varchar(50) generated always as (lower(name)) stored, both_ways varchar(99) as (concat('x', name_lower)))",
  "insert into wide (id, name) values (1, 'Secret-Name')",
  "create table keyed (id int primary key, label varchar(9))",
  "insert into keyed values (4711, 'x')",
  "create view contacts as select c.id, c.email as address, 'x' as kind from customers c",
  "create view domains as select id, substring(email, 4) as domain from customers",
  "create view deep (a, number) as select address, id from contacts",
  "create view placed as select c.id, o.total from customers c join orders o on o.customer_id = c.id where c.email like 'c%'",
  "create view unioned as select id, 'a' as v from orders union all select id, email from customers",
  "create view numbered as select id, row_number() over (order by email) as r from customers",
])
  await t.sql(statement);
const narrow = `narrow_${world.user}`;
await t.sql(`create user '${narrow}'@'%' identified by 'narrow'`);
await t.sql(`grant select (id), show view on ${world.database}.customers to '${narrow}'@'%'`);
await t.sql(`grant select, show view on ${world.database}.contacts to '${narrow}'@'%'`);
afterAll(() => t.sql(`drop user '${narrow}'@'%'`));
const narrowUrl = world.url.replace(/\/\/[^@]*@/, `//${narrow}:narrow@`);

const parser = createMysqlParser(t.dialect);
afterAll(() => parser.close());
const mask = (table: string, column: string | null) => ({ schema: world.database, table, column });
const rules = {
  masks: [mask("customers", "email"), mask("wide", "name"), mask("keyed", "id"), mask("events", null)],
  functions: [],
};
const run = (sql: string, url = world.url): Promise<RunResult> =>
  runSelect({ url }, sql.replaceAll("DB", world.database), { mysqlParserFor: () => parser, rules });

const SECRET = /@example|c1\b.*@|secret-name|4711/i;

describe("6.5 a masked column comes back hidden, by whatever way it is passed on", () => {
  it.each<readonly [string, readonly (string | null)[]]>([
    ["SELECT id, email FROM customers WHERE id = 1", ["1", "[masked]"]],
    ["SELECT ID, EMAIL FROM customers WHERE id = 1", ["1", "[masked]"]],
    ["SELECT `Email` FROM DB.customers WHERE id = 1", ["[masked]"]],
    ["SELECT DB.customers.email FROM DB.customers WHERE id = 1", ["[masked]"]],
    ["SELECT c.email AS contact, c.id FROM customers c WHERE c.id = 1", ["[masked]", "1"]],
    ["SELECT c.email contact FROM customers c WHERE c.id = 1", ["[masked]"]],
    ["SELECT c.email 'contact' FROM customers c WHERE c.id = 1", ["[masked]"]],
    ["SELECT (email) FROM customers WHERE id = 1", ["[masked]"]],
    ["SELECT * FROM customers WHERE id = 1", ["1", "[masked]"]],
    ["SELECT c.* FROM customers AS c WHERE id = 1", ["1", "[masked]"]],
    ["SELECT *, email AS again FROM customers WHERE id = 1", ["1", "[masked]", "[masked]"]],
    ["SELECT x.m, x.id FROM (SELECT email AS m, id FROM customers) x WHERE id = 1", ["[masked]", "1"]],
    ["SELECT x.m FROM (SELECT email 'm', id FROM customers) x WHERE id = 1", ["[masked]"]],
    ["SELECT * FROM (SELECT email AS m, id FROM customers) x WHERE id = 1", ["[masked]", "1"]],
    ["SELECT `m` FROM (SELECT email AS ' m', id FROM customers) x WHERE id = 1", ["[masked]"]],
    ["WITH q AS (SELECT id, email FROM customers) SELECT q.email, q.id FROM q WHERE id = 1", ["[masked]", "1"]],
    ["WITH q (a, b) AS (SELECT id, email FROM customers) SELECT b FROM q WHERE a = 1", ["[masked]"]],
    ["WITH q (a, b) AS (SELECT id, email FROM customers) SELECT * FROM q WHERE a = 1", ["1", "[masked]"]],
    ["SELECT email COLLATE utf8mb4_bin FROM customers WHERE id = 1", ["[masked]"]],
    ["SELECT 'x' AS v UNION ALL SELECT email FROM customers WHERE id = 1 LIMIT 1 OFFSET 1", ["[masked]"]],
    ["(SELECT 'x' AS v) UNION ALL (SELECT email FROM customers WHERE id = 1) LIMIT 1 OFFSET 1", ["[masked]"]],
    ["SELECT u.v FROM (SELECT 'x' AS v UNION ALL SELECT email FROM customers WHERE id = 1) u LIMIT 1 OFFSET 1", ["[masked]"]],
    ["SELECT d.q FROM (SELECT e.q FROM (SELECT email AS q FROM customers) e) d LIMIT 1", ["[masked]"]],
    ["WITH RECURSIVE r (n, v) AS (SELECT 1, CAST('x' AS CHAR(99)) UNION ALL SELECT n + 1, c.email FROM r JOIN customers c ON c.id = n WHERE n < 3) SELECT v FROM r WHERE n = 2", ["[masked]"]],
    ["SELECT c.email FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE o.id = 1", ["[masked]"]],
    ["SELECT address, id FROM contacts WHERE id = 1", ["[masked]", "1"]],
    ["SELECT * FROM contacts WHERE id = 1", ["1", "[masked]", "x"]],
    ["SELECT a, number FROM deep WHERE number = 1", ["[masked]", "1"]],
    ["SELECT domain, id FROM domains WHERE id = 1", ["[masked]", "1"]],
    ["SELECT v FROM unioned LIMIT 1", ["[masked]"]],
    ["SELECT r FROM numbered WHERE id = 1", ["[masked]"]],
    ["SELECT p, c FROM named LIMIT 1", ["[masked]", "a"]],
    ["SELECT name_lower, id FROM wide", ["[masked]", "1"]],
    ["SELECT both_ways FROM wide", ["[masked]"]],
    ["SELECT * FROM wide", ["1", "[masked]", "[masked]", "[masked]"]],
    ["SELECT id, label FROM keyed", ["[masked]", "x"]],
    ["SELECT _rowid FROM keyed", ["[masked]"]],
    ["SELECT raw, id FROM events LIMIT 1", ["[masked]", "[masked]"]],
  ])("%s", async (sql, first) => {
    const result = await run(sql);
    expect(result.kind === "denied" ? result.refusals : result.kind === "rows" ? result.result.rows[0] : result).toEqual(first);
    expect(JSON.stringify(result)).not.toMatch(SECRET);
  }); // prettier-ignore

  it.each([
    ["the other columns", "SELECT id FROM customers ORDER BY id DESC LIMIT 1", "50"],
    ["an aggregate over them", "SELECT count(*), max(id) FROM customers", "50"],
    ["whether there is a row", "SELECT 1 FROM orders o WHERE EXISTS (SELECT c.email FROM customers c WHERE c.id = o.id) LIMIT 1", "1"],
    ["a view that only looks for them", "SELECT total FROM placed ORDER BY total LIMIT 1", "1.00"],
    ["another table's column", "SELECT status FROM orders WHERE status = 'paid' LIMIT 1", "paid"],
  ])("%s is not hidden", async (_sentence, sql, first) => {
    expect(await run(sql)).toMatchObject({ kind: "rows", result: { rows: [[first].concat(sql.includes("max(") ? ["50"] : [])] } });
  }); // prettier-ignore

  it("neither the number of bytes nor where the answer is cut tells how long a hidden value is", async () => {
    const one = await run("SELECT email FROM customers WHERE id = 1");
    const other = await run("SELECT email FROM customers WHERE id = 50");
    expect(one.record.bytes).toBe(other.record.bytes);
    await t.sql("create table pages (id int, body longtext)");
    for (let i = 0; i < 8; i++) await t.sql(`insert into pages values (${i}, repeat('x', 200000))`);
    const { masks } = rules;
    const result = await runSelect({ url: world.url }, "SELECT body, id FROM pages", {
      mysqlParserFor: () => parser,
      rules: { masks: [...masks, mask("pages", "body")], functions: [] },
      limits: { bytes: 1_000_000 },
    });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: null }, record: { rows: 8 } });
  });
});

describe("6.5 a masked column in anything else is refused, at its place", () => {
  const cases: readonly string[] = [
    "SELECT upper(«email») FROM customers",
    "SELECT concat('x', «c.email») FROM customers c",
    "SELECT count(DISTINCT «email») FROM customers",
    "SELECT group_concat(«email») FROM customers",
    "SELECT min(«email») FROM customers",
    "SELECT id FROM customers WHERE «email» LIKE 'c1%'",
    "SELECT id FROM customers WHERE «EMAIL» = 'c1@example.com'",
    "SELECT id FROM customers WHERE «`email`» = 'x'",
    "SELECT id FROM customers ORDER BY «email»",
    "SELECT id, email AS e FROM customers ORDER BY «e»",
    "SELECT id, email FROM customers ORDER BY «2»",
    "SELECT id, email FROM customers ORDER BY («2»)",
    "SELECT id, email FROM customers ORDER BY +«2»",
    "SELECT id, email FROM customers ORDER BY - -«2»",
    "SELECT id, email FROM customers ORDER BY «0x02»",
    "SELECT email, count(*) FROM customers GROUP BY «email»",
    "SELECT email AS x, count(*) FROM customers GROUP BY «1»",
    "SELECT email, count(*) FROM customers GROUP BY TRUE",
    "SELECT email, id FROM customers ORDER BY NOT FALSE DESC",
    "SELECT id, email FROM customers ORDER BY 1 + 1",
    "SELECT count(*) FROM customers GROUP BY «email» WITH ROLLUP",
    "SELECT DISTINCT id, «email» FROM customers",
    "SELECT «email» FROM customers UNION SELECT 'c1@example.com'",
    "SELECT email FROM customers EXCEPT SELECT 'c1@example.com'",
    "SELECT email FROM customers INTERSECT SELECT 'c1@example.com'",
    "SELECT id FROM customers HAVING «email» > 'c'",
    "SELECT email AS m FROM customers HAVING «m» > 'c'",
    "SELECT c.id FROM customers c JOIN (SELECT 'c1@example.com' AS email) x USING (email)",
    "SELECT 1 FROM customers NATURAL JOIN (SELECT 'c1@example.com' AS email) x",
    "SELECT 1 FROM customers NATURAL LEFT JOIN (SELECT 'c1@example.com' AS email) x",
    "SELECT c.id FROM customers c JOIN orders o ON «c.email» = o.note",
    "SELECT (SELECT «email» FROM customers LIMIT 1)",
    "SELECT 1 WHERE 'c1@example.com' IN (SELECT «email» FROM customers)",
    "SELECT 1 WHERE ('c1@example.com', 1) IN (SELECT * FROM customers)",
    "SELECT 1 WHERE 'a' < ANY (SELECT «email» FROM customers)",
    "SELECT id FROM customers WHERE (id, «email») IN ((1, 'x'))",
    "SELECT CASE WHEN «email» > 'c' THEN 1 ELSE 2 END FROM customers",
    "SELECT «email» IS NULL FROM customers",
    "SELECT CAST(«email» AS CHAR) FROM customers",
    "SELECT row_number() OVER (ORDER BY «email») FROM customers",
    "SELECT row_number() OVER w FROM customers WINDOW w AS (ORDER BY «email»)",
    "SELECT lag(«email») OVER (ORDER BY id) FROM customers",
    "SELECT x.id FROM (SELECT email AS m, id FROM customers) x WHERE «x.m» LIKE 'c1%'",
    "WITH q (a, b) AS (SELECT id, email FROM customers) SELECT a FROM q WHERE «b» = 'x'",
    "WITH q (a, b) AS (SELECT * FROM customers) SELECT a FROM q WHERE «b» = 'x'",
    "SELECT id FROM contacts WHERE «address» = 'x'",
    "SELECT number FROM deep ORDER BY «a»",
    "SELECT id FROM domains WHERE «domain» = 'x'",
    "SELECT id FROM numbered ORDER BY «r»",
    "SELECT id FROM wide WHERE «name_lower» LIKE 's%'",
    "SELECT label FROM keyed WHERE «id» > 4000",
    "SELECT label FROM keyed WHERE «_rowid» > 4000",
    "SELECT id FROM customers WHERE «émail» LIKE 'c1%'",
    "EXPLAIN SELECT id FROM customers WHERE «email» LIKE 'c1%'",
    "SELECT 1 FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE «c.email» LIKE 'c1%' AND c.id = o.id)",
    "SELECT id FROM customers «FORCE» INDEX (email)",
    "SELECT id FROM customers «USE» KEY (email)",
    "SELECT id FROM customers «PARTITION» (p0)",
    "SELECT email AS 'a' 'b' FROM customers",
    "SELECT count(*) FROM (SELECT DISTINCT email FROM customers) d",
  ];
  it.each(cases)("%s", async (marked) => {
    const { sql, places } = unmark(marked);
    const result = await run(sql);
    expect(result.kind === "denied" ? new Set(result.refusals.map(({ rule }) => rule)) : result).toEqual(new Set(["column.masked"]));
    if (result.kind === "denied" && places.length > 0)
      expect(result.refusals.map(({ at }) => at)).toContainEqual(places[0]);
    expect(JSON.stringify(result)).not.toMatch(SECRET);
  }); // prettier-ignore
});

describe("names are compared as the server compares them, or more carefully", () => {
  it("every letter that the server takes for a plain one is that letter", async () => {
    const letters = Array.from({ length: 0x2fff - 0x80 }, (_, i) => String.fromCodePoint(0x80 + i)).filter((letter) =>
      /\p{L}|\p{M}|\p{N}/u.test(letter),
    );
    for (let from = 0; from < letters.length; from += 500) {
      const rows = letters
        .slice(from, from + 500)
        .map((letter) => `select '${letter}' as l`)
        .join(" union all ");
      const same = await t.sql(
        `select x.l, p.p from (${rows}) x join (${Array.from("abcdefghijklmnopqrstuvwxyz")
          .map((each) => `select '${each}' as p`)
          .join(" union all ")}) p
           on convert(x.l using utf8mb3) collate utf8mb3_general_ci = convert(p.p using utf8mb3) collate utf8mb3_general_ci`,
      );
      for (const { l, p } of same) expect(foldedName(String(l)), String(l)).toBe(String(p));
    }
  }, 60_000);
});

describe("where the client granted the other columns alone, the server itself hides", () => {
  it("the others are read, the masked one is refused by the server, and a view of its owner's is still followed", async () => {
    expect(await run("SELECT id FROM customers WHERE id = 1", narrowUrl)).toMatchObject({ result: { rows: [["1"]] } });
    expect((await run("SELECT email FROM customers", narrowUrl)).kind).toBe("failed");
    expect(await run("SELECT address, id FROM contacts WHERE id = 1", narrowUrl)).toMatchObject({
      result: { rows: [["[masked]", "1"]] },
    });
  });

  it("sql doctor says what is hidden by Countersign alone, and which rule is of nothing here", async () => {
    const asked = { masks: [...rules.masks, mask("custommers", "email")], functions: [] };
    const whats = async (url: string): Promise<string> => {
      const examined = await examineLogin({ url }, asked);
      return examined.kind === "findings" ? examined.findings.map(({ what }) => what).join("\n") : examined.kind;
    };
    expect(await whats(world.url)).toContain(`hides ${world.database}.customers.email, and the login may read it`);
    expect(await whats(world.url)).toContain(
      `hides ${world.database}.custommers.email, which this database does not have`,
    );
    expect(await whats(narrowUrl)).not.toContain("customers.email, and the login may read it");
  });
});
