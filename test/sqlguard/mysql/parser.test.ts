import { afterAll, describe, expect, it } from "vitest";
import { LIMITS } from "#sqlguard";
import { checkMysql, createMysqlParser } from "#sqlguard/io";

const parser = createMysqlParser("mariadb");
afterAll(() => parser.close());

const rulesOf = async (sql: string): Promise<readonly string[]> => {
  const verdict = await checkMysql(parser, sql);
  return verdict.verdict === "allow" ? [] : verdict.refusals.map(({ rule }) => rule);
};
const fill = (first: string, piece: string, last: string): string =>
  first + piece.repeat(Math.floor((LIMITS.textBytes - first.length - last.length) / piece.length)) + last;

describe("G5: hostile input: an answer, and the next statement is answered as ever", () => {
  const cases: readonly (readonly [sentence: string, sql: string, rule: string])[] = [
    ["a chain of operators over the whole text", fill("SELECT 1", "+1", ""), "budget"],
    ["a chain of NOT", fill("SELECT ", "NOT ", "true"), "budget"],
    ["a chain of OR", fill("SELECT 1 WHERE a = 1", " OR a = 1", ""), "budget"],
    ["a chain of UNION", fill("SELECT 1", " UNION SELECT 1", ""), "budget"],
    ["a chain of minus signs", fill("SELECT ", "- ", "1"), "budget"],
    ["parentheses", `SELECT ${"(".repeat(8_000)}1${")".repeat(8_000)}`, "budget"],
    ["subqueries in subqueries", `SELECT ${"(SELECT ".repeat(1_000)}1${")".repeat(1_000)}`, "budget"],
    ["functions in functions", `SELECT ${"lower(".repeat(1_000)}'a'${")".repeat(1_000)}`, "budget"],
    ["tables in parentheses", `SELECT 1 FROM ${"(".repeat(1_000)}t${")".repeat(1_000)}`, "budget"],
    ["closing parentheses alone", fill("SELECT 1", ")", ""), "syntax"],
    ["quotes alone", fill("SELECT ", "'", " x"), "syntax"],
    ["more than the limit", `SELECT '${"x".repeat(LIMITS.textBytes)}'`, "text.too_long"],
  ];
  it.each(cases)("%s", async (_sentence, sql, rule) => {
    expect((await rulesOf(sql))[0]).toBe(rule);
    expect(await rulesOf("SELECT 1")).toEqual([]);
  });

  it("a long list, many columns and a long OR within the limits are honest", async () => {
    expect(await rulesOf(fill("SELECT * FROM t WHERE id IN (1", ",123", ")"))).toEqual([]);
    expect(await rulesOf(fill("SELECT a", ",abc", " FROM t"))).toEqual([]);
    expect(await rulesOf(`SELECT 1 WHERE ${Array.from({ length: 400 }, (_, i) => `a = ${i}`).join(" OR ")}`)).toEqual(
      [],
    );
  });

  it("hostile text again and again: no growth", async () => {
    const broken = fill("SELECT ", "(SELECT ", "1");
    const long = fill("SELECT a", ",abc", " FROM t");
    const round = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) await checkMysql(parser, i % 2 === 0 ? long : broken);
      return process.memoryUsage().rss;
    };
    const before = await round(10);
    const after = await round(20);
    expect((after - before) / 1024 / 1024).toBeLessThan(200);
  }, 60_000);

  it("fail closed: more waiting than the queue holds is denied, not kept", async () => {
    const verdicts = await Promise.all(
      Array.from({ length: LIMITS.waitingParses + 50 }, () => checkMysql(parser, "SELECT 1")),
    );
    expect(verdicts.filter(({ verdict }) => verdict === "deny")).toHaveLength(50);
  });
});
