import { copyFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "#sqlguard";
import { checkSqlite, createDiscover, examineLogin, runSelect, type SelectOptions } from "#sqlguard/io";
import { kindOf } from "../../../src/sqlguard/sqlite/check.ts";
import { FUNCTIONS } from "../../../src/sqlguard/sqlite/functions.ts";
import { unmark } from "../cases/marked.ts";
import { HONEST } from "./cases/honest.ts";
import { HOSTILE } from "./cases/hostile.ts";
import { lent } from "../lent.ts";
import { shopFile } from "./world.ts";

const shop = shopFile();
const run = (sql: string, options: SelectOptions = {}, url = shop.url) => runSelect({ url }, sql, options);

describe("G5, G6: honest statements run on a real SQLite, and leave nothing", () => {
  it.each(HONEST)("%s", async (_sentence, sql) => {
    const before = shop.probe();
    const result = await run(sql);
    expect(result.kind === "denied" ? result.refusals : result.kind === "failed" ? result.error : result.kind).toBe(
      "rows",
    );
    expect(shop.probe()).toEqual(before);
  });

  it("fail closed: a file whose writer ended in the middle gets no index beside it, and no answer without the last rows", async () => {
    const logged = shopFile("wal");
    const writer = new DatabaseSync(logged.path);
    writer.exec("insert into orders (customer_id, status, total, placed_at) values (1, 'open', 1, '2024-01-01')");
    const copy = shopFile();
    for (const end of ["", "-wal"]) copyFileSync(`${logged.path}${end}`, `${copy.path}${end}`);
    const before = copy.probe();
    expect(await run("SELECT count(*) FROM orders", {}, copy.url)).toMatchObject({
      kind: "lost",
      why: expect.stringContaining("-wal file without -shm"),
    });
    expect(copy.probe()).toEqual(before);
    // While somebody has it open, it is read with its last rows.
    expect(await run("SELECT count(*) FROM orders", {}, logged.url)).toMatchObject({ result: { rows: [["301"]] } });
    writer.close();
  });

  it("a file in WAL mode gets no files beside it", async () => {
    const logged = shopFile("wal");
    const before = logged.probe();
    expect(await run("SELECT count(*) FROM orders", {}, logged.url)).toMatchObject({ result: { rows: [["300"]] } });
    expect(logged.probe()).toEqual(before);
  });
});

describe("G5, G6: hostile statements are refused at their places, and leave nothing", () => {
  it.each(HOSTILE)("%s", async (_sentence, marked, ...rules) => {
    const { sql, places } = unmark(marked);
    const before = shop.probe();
    const result = await run(sql);
    const refusals = result.kind === "denied" ? result.refusals : [];
    expect({ kind: result.kind, rules: refusals.map(({ rule }) => rule) }).toEqual({ kind: "denied", rules });
    if (places.length > 0) expect(refusals.map(({ at }) => at)).toEqual(places);
    expect(shop.probe()).toEqual(before);
  });

  it("a view that loads a library is no view that the engine reads", async () => {
    expect(await run("SELECT * FROM loading")).toMatchObject({
      kind: "failed",
      error: { says: expect.stringContaining("unsafe use") },
    });
  });

  it("the same verdicts without running", async () => {
    expect(await checkSqlite(shop.path, "SELECT id FROM orders")).toMatchObject({ verdict: "allow", kind: "select" });
    expect(await checkSqlite(shop.path, "SELECT load_extension('x')")).toMatchObject({
      verdict: "deny",
      refusals: [{ rule: "function.effect" }],
    });
    expect(await checkSqlite(shop.path, "SELECT 1; DELETE FROM orders")).toMatchObject({ verdict: "deny" });
    expect(await checkSqlite(shop.path, "SELECT missing")).toMatchObject({
      refusals: [{ rule: "syntax", says: "SQLite says: no such column: missing." }],
    });
  });
});

describe("the lists", () => {
  it("every function that may be called is the engine's, and none of the engine's is missing by chance", () => {
    const database = new DatabaseSync(":memory:");
    const all = new Set(
      database
        .prepare("select distinct name from pragma_function_list")
        .all()
        .map(({ name }) => String(name)),
    );
    database.close();
    expect([...FUNCTIONS].filter((name) => !all.has(name))).toEqual([]);
    expect([...all].filter((name) => !FUNCTIONS.has(name)).toSorted()).toEqual(
      `changes fts3_tokenizer fts5 fts5_get_locale fts5_insttoken fts5_locale fts5_source_id geopoly_debug last_insert_rowid load_extension optimize
       randomblob rtreecheck rtreedepth rtreenode sqlite_compileoption_get sqlite_compileoption_used sqlite_log total_changes`.split(
        /\s+/,
      ),
    );
  });
});

describe("G6: caps, and a deadline that ends what does not end", () => {
  it("rows, bytes and cells", async () => {
    expect(await run("SELECT id FROM orders", { limits: { rows: 10 } })).toMatchObject({
      result: { truncated: "rows" },
      record: { rows: 10 },
    });
    expect(await run("SELECT v FROM big", { limits: { bytes: 1_000_000 } })).toMatchObject({
      result: { truncated: "bytes" },
      record: { rows: 10 },
    });
    expect(await run("SELECT v, 'short' FROM big LIMIT 3", { limits: { cell: 100 } })).toMatchObject({
      result: { cutCells: 3 },
    });
    expect(await run("SELECT raw, NULL, 9007199254740993 FROM events LIMIT 1")).toMatchObject({
      result: { rows: [["0x00ff", null, "9007199254740993"]] },
    });
  });

  it.each([
    ["a count without end", "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"],
    [
      "a join of everything with everything",
      "SELECT count(*) FROM big a, big b, big c, orders d, orders e WHERE a.v < b.v || c.v",
    ],
  ])("time: %s is ended with its process", async (_sentence, sql) => {
    const result = await run(sql, { limits: { statementMs: 500 } });
    expect(result).toMatchObject({ kind: "failed", error: { says: expect.stringContaining("longer than it may") } });
    expect(result.record.durationMs).toBeLessThan(8_000);
  });

  it.each([
    ["a blob", "SELECT zeroblob(900000000)"],
    ["a text", "SELECT printf('%900000000d', 1)"],
    ["a join of texts", "SELECT group_concat(a.v || b.v) FROM big a, big b"],
  ])("size: %s of any size out of nothing", async (_sentence, sql) => {
    expect(await run(sql)).toMatchObject({ kind: "failed" });
  });

  it.each(["[", '"', "`", "x'", "/*"])("time: 16 KiB of %s hold nothing up while they are cut into tokens", (piece) => {
    const started = performance.now();
    kindOf(`SELECT ${piece.repeat(16_000 / piece.length)}`);
    expect(performance.now() - started).toBeLessThan(250);
  });

  it("an error says nothing of a row", async () => {
    for (const sql of [
      "SELECT json_extract('{}', email) FROM customers",
      "SELECT abs(-9223372036854775808), email FROM customers",
      "SELECT json(email) FROM customers",
    ]) {
      const result = await run(sql);
      expect(result.kind).toBe("failed");
      expect(JSON.stringify(result)).not.toContain("example.com");
    }
    expect(await run("SELECT missing FROM orders")).toMatchObject({
      kind: "failed",
      error: { says: "SQLite says: no such column: missing." },
    });
  });
});

describe("A1: each query leaves its record; what is no database is no answer", () => {
  it("the record, before the rows", async () => {
    const records: RunRecord[] = [];
    await run("SELECT id FROM orders LIMIT 2", { append: async (record) => void records.push(record) });
    expect(records).toMatchObject([
      { outcome: "rows", dialect: "sqlite", major: 3, rows: 2, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ]);
    await expect(run("SELECT 1", { append: () => Promise.reject(new Error("log is closed")) })).rejects.toThrow(
      "log is closed",
    );
  });

  it("files that are not there, or something else, or not named", async () => {
    expect(await run("SELECT 1", {}, "sqlite:///nothing/here.db")).toMatchObject({ kind: "lost" });
    expect(await run("SELECT 1", {}, "sqlite:shop.db")).toMatchObject({ kind: "lost" });
    expect(await run("SELECT 1", {}, `${shop.url}?mode=rwc`)).toMatchObject({ kind: "lost" });
    const broken = shopFile();
    writeFileSync(broken.path, "this is no database, but it is long enough to look like something");
    expect((await run("SELECT * FROM orders", {}, broken.url)).kind).not.toBe("rows");
  });

  it("the folder it may write to is said; the shape is shown without a value", async () => {
    expect(await examineLogin({ url: shop.url })).toMatchObject({
      kind: "findings",
      dialect: "sqlite",
      version: expect.stringMatching(/^3\./),
    });
    const discover = createDiscover({ connectionNamed: async () => lent(shop.url), append: async () => {} });
    const shown = await discover({
      connection: "SHOP",
      initiator: { type: "agent", id: "a" },
      target: { type: "tenant", id: "t" },
      requestId: "r",
    });
    expect(shown).toMatchObject({ kind: "schema", schema: { truncated: false, topQueries: null } });
    const tables = shown.kind === "schema" ? shown.schema.tables : [];
    expect(tables.find(({ name }) => name === "orders")).toMatchObject({
      columns: expect.arrayContaining([{ name: "status", type: "TEXT", nullable: false }]),
      indexes: [{ name: "by_status", definition: "INDEX by_status (status)", bytes: null }],
      references: [{ columns: ["customer_id"], table: "customers", tableColumns: ["id"] }],
    });
    expect(JSON.stringify(shown)).not.toContain("example.com");
  });
});

describe("6.5 masked columns: the engine reads NULL wherever they stand", () => {
  const masks = [
    { schema: "main", table: "customers", column: "email" },
    { schema: "main", table: "Orders", column: "total" },
    { schema: "main", table: "notes", column: "text" },
  ];
  const masked = (sql: string) => run(sql, { rules: { masks, functions: [] } });

  it.each<readonly [string, readonly (string | null)[] | undefined]>([
    ["SELECT id, email FROM customers WHERE id = 1", ["1", null]],
    ["SELECT * FROM customers WHERE id = 1", ["1", null]],
    ["SELECT EMAIL AS e FROM (SELECT * FROM customers) WHERE id = 1", [null]],
    ["SELECT count(*), max(email), group_concat(email) FROM customers", ["50", null, null]],
    ["SELECT count(*) FROM customers WHERE email LIKE 'c%'", ["0"]],
    ["SELECT count(DISTINCT email) FROM customers", ["0"]],
    ["SELECT id FROM customers ORDER BY email DESC LIMIT 1", ["1"]],
    ["SELECT length(c.email) FROM customers c, orders o WHERE o.customer_id = c.id LIMIT 1", [null]],
    ["SELECT doubled FROM orders LIMIT 1", [null]],
    ["SELECT max(total) FROM paid_orders", [null]],
    ["SELECT total FROM paid_totals LIMIT 1", [null]],
    ["SELECT count(*) FROM notes_content WHERE c0 LIKE '%quick%'", ["0"]],
    ["SELECT count(*) FROM customers", ["50"]],
  ])("%s", async (sql, row) => {
    const result = await masked(sql);
    expect(result).toMatchObject({ kind: "rows" });
    expect(result.kind === "rows" && result.result.rows[0]).toEqual(row);
  });

  it.each([
    "SELECT count(*) FROM customers JOIN (SELECT 'c1@example.com' AS email) USING (email)",
    "SELECT count(*) FROM customers NATURAL JOIN (SELECT 'c1@example.com' AS email)",
  ])("fail closed: %s", async (sql) => {
    expect(await masked(sql)).toMatchObject({ kind: "denied", refusals: [{ rule: "column.masked" }] });
  });

  it("an index of words that is made of a masked table says nothing of it, nor do the tables behind it", async () => {
    const database = new DatabaseSync(shop.path);
    database.exec(
      "create virtual table found using fts5(email, content='customers', content_rowid='id'); insert into found (found) values ('rebuild'); create virtual table words using fts5vocab(found, 'row')",
    );
    database.close();
    for (const sql of [
      "SELECT count(*) FROM found WHERE found MATCH 'c1'",
      "SELECT rowid FROM found('c1')",
      "SELECT term FROM words LIMIT 1",
      "SELECT hex(block) FROM found_data WHERE id > 10",
      "SELECT term FROM found_idx WHERE term IS NOT NULL",
    ]) {
      const result = await masked(sql);
      const values = result.kind === "rows" ? result.result.rows.flat() : [];
      expect(
        values.filter((value) => value !== null && value !== "" && value !== "0"),
        sql,
      ).toEqual([]);
    }
  });

  it("fail closed: a search of a virtual table says nothing of a masked column", async () => {
    expect(await masked("SELECT count(*) FROM notes WHERE notes MATCH 'quick'")).toMatchObject({
      kind: "denied",
      refusals: [
        { rule: "column.masked", text: "notes", says: expect.stringContaining("cannot be searched") },
        { rule: "column.masked", at: { line: 1, column: 34, length: 5 } },
      ],
    });
  });
});
