import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadParsers } from "../../../src/sqlguard/io/mysql/grammars.ts";
import { classify } from "../../../src/sqlguard/mysql/classify.ts";
import { lex } from "../../../src/sqlguard/mysql/lexer.ts";
import { clientServer } from "./server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
await shopWorld(t);
await t.sql("create function act() returns int deterministic reads sql data return 1");
const parsers = await loadParsers();

const BEGINNINGS = [
  "SELECT id, total FROM orders WHERE status = 'x' GROUP BY id ORDER BY total LIMIT 2",
  "SELECT COUNT(*) OVER (PARTITION BY a.id) FROM orders a JOIN customers b ON a.id = b.id",
  "WITH x AS (SELECT 1 AS a) SELECT * FROM x",
  "SELECT CAST(id AS CHAR), EXTRACT(DAY FROM now()), TRIM(LEADING 'x' FROM status), SUBSTRING(status FROM 1 FOR 2) FROM orders",
  "SELECT CASE WHEN id THEN 1 END, id + INTERVAL 1 DAY FROM orders USE INDEX (PRIMARY)",
  "SELECT GROUP_CONCAT(DISTINCT id ORDER BY id SEPARATOR ',') FROM orders",
].map((sql) => lex(sql).tokens.map(({ start, end }) => sql.slice(start, end)));

const WORDS =
  `SELECT FROM WHERE GROUP BY ORDER LIMIT HAVING UNION ALL DISTINCT AS ON JOIN LEFT NATURAL USING WITH RECURSIVE ROLLUP CASE WHEN THEN ELSE END AND OR NOT IN IS NULL LIKE BETWEEN INTERVAL DAY DATE
  CAST CONVERT CHAR COLLATE utf8mb4_bin BINARY OVER PARTITION WINDOW w ROWS CURRENT ROW MATCH AGAINST BOOLEAN MODE EXTRACT TRIM SUBSTRING FOR UPDATE SHARE LOCK INTO OUTFILE @a @@version PROCEDURE
  USE INDEX FORCE IGNORE KEY SEPARATOR GROUP_CONCAT COUNT SUM LOWER act get_lock orders customers id total status a b x . , ( ) * = + - 1 2 'x' "y" \`z\` _utf8mb4 ; # /* */ SET DELETE INSERT VALUES
  RETURNING EXISTS ANY DUAL LATERAL SQL_NO_CACHE STRAIGHT_JOIN HIGH_PRIORITY ESCAPE OFFSET UNKNOWN SOUNDS XOR DIV MOD :=`.split(
    /\s+/,
  );

const COUNTERS =
  "'Com_insert', 'Com_update', 'Com_delete', 'Com_set_option', 'Com_do', 'Com_call_procedure', 'Com_lock_tables', 'Com_create_table', 'Com_drop_table', 'Com_commit', 'Com_begin', 'Com_stmt_prepare'";
const done = () => t.sql(`show session status where variable_name in (${COUNTERS})`);

describe("G5: what the first wall lets through does nothing, even without the other walls", () => {
  it("words in any order: those that are allowed run for an administrator who may write, and nothing happened", async () => {
    // As the guard's own session, but for everything that would hold a write back.
    await t.sql("set session sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'");
    const before = await done();
    let ran = 0;
    const change = fc.tuple(fc.nat(60), fc.nat(2), fc.constantFrom(...WORDS));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...BEGINNINGS),
        fc.array(change, { minLength: 1, maxLength: 5 }),
        async (words, changes) => {
          const all = [...words];
          for (const [where, remove, word] of changes)
            all.splice(where % (all.length + 1), remove > 1 ? 0 : remove, word);
          const sql = all.join(" ");
          if (classify(sql, t.dialect, parsers).kind === null) return;
          // What the server does not take has no effect either.
          await t.sql(sql).then(
            () => ran++,
            () => {},
          );
        },
      ),
      { numRuns: 20_000 },
    );
    expect(ran).toBeGreaterThan(50);
    expect(await done()).toEqual(before);
    expect(await t.sql("select is_used_lock('x') as held, @a as kept")).toEqual([{ held: null, kept: null }]);
  }, 120_000);
});
