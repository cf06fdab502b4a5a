import { afterAll, describe, expect, it } from "vitest";
import { checkMysql, createMysqlParser } from "#sqlguard/io";
import { unmark, type Hostile } from "../cases/marked.ts";
import { COMMENTS, FUNCTIONS, INSIDE_A_READ, QUOTES, RELATIONS, STATEMENTS, VARIABLES } from "./cases/hostile.ts";
import { NEW_CLASSES } from "./cases/published.ts";

const parsers = { mysql: createMysqlParser("mysql"), mariadb: createMysqlParser("mariadb") };
afterAll(() => Promise.all([parsers.mysql.close(), parsers.mariadb.close()]));

const tables: readonly (readonly [string, readonly Hostile[]])[] = [
  ["every kind of statement that is no read", STATEMENTS],
  ["a write, a lock or a file inside a read", INSIDE_A_READ],
  ["variables", VARIABLES],
  ["comments that are none, or not for everybody", COMMENTS],
  ["quotes that servers and tools read differently", QUOTES],
  ["functions with effects, wherever they stand, and values of any size", FUNCTIONS],
  ["the server's own relations", RELATIONS],
];

describe.each(["mariadb", "mysql"] as const)("%s", (dialect) => {
  describe.each(tables)("G5, G6: the first wall refuses %s, and names each place", (_, cases) => {
    it.each(cases)("%s", async (_sentence, marked, ...rules) => {
      const { sql, places } = unmark(marked);
      const verdict = await checkMysql(parsers[dialect], sql);
      expect(verdict.verdict).toBe("deny");
      const refusals = verdict.verdict === "deny" ? verdict.refusals : [];
      expect(refusals.map(({ rule }) => rule)).toEqual(rules);
      expect(refusals.map(({ at }) => at)).toEqual(places);
      for (const { says, instead } of refusals) expect(says.length * instead.length).toBeGreaterThan(0);
    });
  });
});

describe("G5, G6: further statements of published bypass classes", () => {
  it.each(["mariadb", "mysql"] as const)("%s: none is let through by the first wall", async (dialect) => {
    const passed: string[] = [];
    for (const sql of NEW_CLASSES) if ((await checkMysql(parsers[dialect], sql)).verdict === "allow") passed.push(sql);
    expect(passed).toEqual([]);
    expect(new Set(NEW_CLASSES).size).toBe(NEW_CLASSES.length);
    expect(NEW_CLASSES.length).toBeGreaterThan(300);
  });
});

describe("what one dialect alone has", () => {
  it("MariaDB's SFORMAT makes a value as long as its format says, past max_allowed_packet", async () => {
    const verdict = await checkMysql(parsers.mariadb, "SELECT SFORMAT('{:1000000000}', 1)");
    expect(verdict).toMatchObject({ verdict: "deny", refusals: [{ rule: "size", text: "SFORMAT" }] });
  });

  it("MariaDB's JSON_OBJECTAGG grows with every row until the memory is gone; MySQL's does not", async () => {
    const sql = "SELECT JSON_OBJECTAGG(id, REPEAT('a', 1000000)) FROM orders";
    expect(await checkMysql(parsers.mariadb, sql)).toMatchObject({
      verdict: "deny",
      refusals: [{ rule: "function.unknown", text: "JSON_OBJECTAGG" }],
    });
    expect((await checkMysql(parsers.mysql, sql)).verdict).toBe("allow");
  });
});

describe("a text that is no statement", () => {
  it.each([
    ["nothing", "", "text.empty"],
    ["a comment alone", "/* x */ -- y", "text.empty"],
    ["a semicolon alone", ";", "syntax"],
    ["a NUL", "SELECT 1\u0000; DROP TABLE t", "text.control_character"],
    ["letters that turn text around", "SELECT '\u202e'", "text.control_character"],
    ["more than 16 KiB", `SELECT 1${"+1".repeat(9_000)}`, "text.too_long"],
    ["parentheses without end", `SELECT ${"(".repeat(500)}1${")".repeat(500)}`, "budget"],
  ])("%s", async (_sentence, sql, rule) => {
    const verdict = await checkMysql(parsers.mariadb, sql);
    expect(verdict.verdict === "deny" && verdict.refusals[0]?.rule).toBe(rule);
  });
});
