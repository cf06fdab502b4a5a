import { afterAll, describe, expect, it } from "vitest";
import { check, createParser } from "#sqlguard/io";
import { DISGUISES, TEXTS } from "./cases/disguises.ts";
import { EFFECTS, ELSEWHERE, SIZES } from "./cases/effects.ts";
import { STATEMENTS, INSIDE_A_READ } from "./cases/writes.ts";
import { unmark, type Hostile } from "./cases/marked.ts";

const parser = createParser(18);
afterAll(() => parser.close());

const tables: readonly (readonly [string, readonly Hostile[]])[] = [
  ["every kind of statement that is no read", STATEMENTS],
  ["a write inside a read", INSIDE_A_READ],
  ["functions with effects, wherever they stand", EFFECTS],
  ["what reaches past the statement", ELSEWHERE],
  ["values of any size out of nothing", SIZES],
  ["text that looks like something else", DISGUISES],
  ["text that is no statement", TEXTS],
];

describe.each(tables)("G5, G6: the first wall refuses %s, and names each place (invariants 24, 25)", (_, cases) => {
  it.each(cases)("%s", async (_sentence, marked, ...rules) => {
    const { sql, places } = unmark(marked);
    const verdict = await check(parser, sql);
    expect(verdict.verdict).toBe("deny");
    const refusals = verdict.verdict === "deny" ? verdict.refusals : [];
    expect(refusals.map(({ rule }) => rule)).toEqual(rules);
    // Only a text without any statement has no place to name.
    expect(refusals.map(({ at }) => at)).toEqual(rules[0] === "text.empty" ? [null] : places);
    for (const { says, instead } of refusals) expect(says.length * instead.length).toBeGreaterThan(0);
  });
});
