import { afterAll, describe, expect, it } from "vitest";
import { check, createParser } from "#sqlguard/io";
import { MAJORS } from "#sqlguard";
import { PUBLISHED } from "./cases/published.ts";

const parsers = new Map(MAJORS.map((major) => [major, createParser(major)] as const));
afterAll(() => Promise.all([...parsers.values()].map((each) => each.close())));

describe("G5, G6: further statements of published bypass classes", () => {
  it.each(MAJORS)("PostgreSQL %i: none is let through by the first wall", async (major) => {
    const parser = parsers.get(major) ?? createParser(major);
    const passed: string[] = [];
    for (const sql of PUBLISHED) if ((await check(parser, sql)).verdict === "allow") passed.push(sql);
    expect(passed).toEqual([]);
    expect(new Set(PUBLISHED).size).toBe(PUBLISHED.length);
    expect(PUBLISHED.length).toBeGreaterThan(400);
  });

  it("every place is one that PostgreSQL 18 has: the refusal names the call, not the grammar", async () => {
    const parser = parsers.get(18) ?? createParser(18);
    const syntax: string[] = [];
    for (const sql of PUBLISHED.slice(0, 215)) {
      const verdict = await check(parser, sql);
      if (verdict.verdict === "deny" && verdict.refusals.some(({ rule }) => rule === "syntax")) syntax.push(sql);
    }
    expect(syntax).toEqual([]);
  });
});
