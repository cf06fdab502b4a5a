import { afterAll, describe, expect, it } from "vitest";
import { LIMITS } from "#sqlguard";
import { check, createParser } from "#sqlguard/io";

const parser = createParser(18);
afterAll(() => parser.close());

const rulesOf = async (sql: string): Promise<readonly string[]> => {
  const verdict = await check(parser, sql);
  return verdict.verdict === "allow" ? [] : verdict.refusals.map(({ rule }) => rule);
};

/** As many pieces as fit. */
const fill = (first: string, piece: string, last: string): string =>
  first + piece.repeat(Math.floor((LIMITS.textBytes - first.length - last.length) / piece.length)) + last;

describe("G6: hostile text neither crashes the parser nor makes it grow", () => {
  const cases: readonly (readonly [sentence: string, sql: string, rules: readonly string[]])[] = [
    ["24 KB of +1, which overflows the parser's stack, never reaches it", `SELECT 1${"+1".repeat(12_000)}`, ["text.too_long"]],
    ["as much of +1 as fits is nested too deeply", fill("SELECT 1", "+1", ""), ["budget"]],
    ["as many NOT as fit", fill("SELECT ", "NOT ", "true"), ["budget"]],
    ["as many subqueries as fit", fill("SELECT ", "(SELECT ", "1"), ["syntax"]],
    ["one value too long by one byte", `SELECT '${"x".repeat(LIMITS.textBytes - 8)}'`, ["text.too_long"]],
    ["the same of characters of two bytes", `SELECT '${"ä".repeat(LIMITS.textBytes / 2)}'`, ["text.too_long"]],
    ["half a surrogate pair", "SELECT '\ud83d'", ["text.encoding"]],
    ["a million characters are not even looked at", "x".repeat(1_000_000), ["text.too_long"]],
  ]; // prettier-ignore
  it.each(cases)("%s", async (_sentence, sql, rules) => {
    expect(await rulesOf(sql)).toEqual(rules);
  });

  it("parentheses are taken away by the grammar: the longest chain of them is still SELECT 1", async () => {
    const depth = Math.floor((LIMITS.textBytes - 8) / 2);
    expect(await rulesOf(`SELECT ${"(".repeat(depth)}1${")".repeat(depth)}`)).toEqual([]);
  });

  it("a long list, a long OR and a long join of strings within the limits are honest", async () => {
    expect(await rulesOf(fill("SELECT * FROM t WHERE id IN (1", ",123", ")"))).toEqual([]);
    expect(await rulesOf(`SELECT 1 WHERE ${Array.from({ length: 500 }, (_, i) => `a = ${i}`).join(" OR ")}`)).toEqual(
      [],
    );
    expect(await rulesOf(`SELECT ${Array.from({ length: 100 }, (_, i) => `'${i}'`).join(" || ")}`)).toEqual([]);
  });

  it("after any of it, the next statement is answered as ever", async () => {
    for (const [, sql] of cases) {
      await check(parser, sql);
      expect((await check(parser, "SELECT 1")).verdict).toBe("allow");
    }
  });

  it("hostile text again and again: no growth (an overflow would leave 20 MB each time)", async () => {
    const chain = fill("SELECT 1", "+1", "");
    const broken = fill("SELECT ", "(SELECT ", "1");
    const round = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) await check(parser, i % 2 === 0 ? chain : broken);
      return process.memoryUsage().rss;
    };
    const before = await round(20);
    const after = await round(40);
    expect((after - before) / 1024 / 1024).toBeLessThan(200);
  }, 60_000);

  it("fail closed: more waiting than the queue holds is denied, not kept", async () => {
    const verdicts = await Promise.all(
      Array.from({ length: LIMITS.waitingParses + 50 }, () => check(parser, "SELECT 1")),
    );
    expect(verdicts.filter(({ verdict }) => verdict === "deny")).toHaveLength(50);
  });

  it("fail closed: a parser that was closed and asked again starts anew", async () => {
    const other = createParser(15);
    expect((await check(other, "SELECT 1")).verdict).toBe("allow");
    await other.close();
    expect((await check(other, "DELETE FROM t")).verdict).toBe("deny");
    await other.close();
  });
});

describe("known over-blocking: a comment between two words that the grammar reads as one", () => {
  it.each([
    "SELECT a FROM t ORDER BY a NULLS /**/ LAST",
    "SELECT a FROM t WHERE a NOT /**/ IN (1)",
    "SELECT U&\"a!0041\" /**/ UESCAPE '!'",
    "SELECT U&\"a!0041\" UESCAPE /**/ '!'",
  ])("%s is refused, not misread", async (sql) => {
    expect(await rulesOf(sql)).toEqual(["syntax"]);
  });
});
