import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { check, createParser } from "#sqlguard/io";
import { EFFECTS, ELSEWHERE, SIZES } from "./cases/effects.ts";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "./cases/honest.ts";
import { unmark } from "./cases/marked.ts";
import { CLOTHES, dressed, FORBIDDEN, GAPS, PLACES, respelled } from "./cases/respelled.ts";
import { INSIDE_A_READ } from "./cases/writes.ts";

const RUNS = Number(process.env["SQLGUARD_MUTATIONS"] ?? 1500);
const parser = createParser(18);
afterAll(() => parser.close());

describe("G5: the spelling changes nothing", () => {
  const letters = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
  const gaps = fc.array(fc.nat(GAPS.length - 1), { minLength: 1, maxLength: 20 });

  it("a hostile statement stays denied, by the same rules, in any case, layout and comments", async () => {
    const hostile = [...INSIDE_A_READ, ...EFFECTS, ...ELSEWHERE, ...SIZES];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...hostile), letters, gaps, async ([, marked, ...rules], some, others) => {
        const verdict = await check(parser, respelled(unmark(marked).sql, some, others));
        expect(verdict.verdict === "deny" && verdict.refusals.map(({ rule }) => rule)).toEqual(rules);
      }),
      { numRuns: RUNS },
    );
  });

  it("an honest statement stays allowed, with the same fingerprint", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PLAIN, ...FUNCTIONS, ...DIAGNOSIS),
        letters,
        gaps,
        async ([, sql], some, others) => {
          const before = await check(parser, sql);
          const after = await check(parser, respelled(sql, some, others));
          expect(after.verdict).toBe("allow");
          expect(after.fingerprint).toBe(before.fingerprint);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("a forbidden function is found in any clothes, anywhere, and where it stands is said", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORBIDDEN),
        fc.constantFrom(...CLOTHES),
        fc.array(fc.constantFrom(...PLACES), { minLength: 1, maxLength: 4 }),
        letters,
        gaps,
        async (name, clothes, places, some, others) => {
          const sql = dressed(name, clothes, places);
          const nested = places.some((place, depth) => depth > 0 && place("").startsWith("EXPLAIN"));
          const verdict = await check(parser, respelled(sql, some, others));
          expect(verdict.verdict).toBe("deny");
          if (nested) return; // EXPLAIN inside of something is no SQL.
          const found = verdict.verdict === "deny" ? verdict.refusals : [];
          expect(found.map(({ rule }) => rule.split(".")[0])).toEqual(["function"]);
          expect(found.map(({ text }) => text.split(".").at(-1))).toEqual([name]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("whatever text there is, there is an answer", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 200 }), pieces()),
        async (text) => {
          const verdict = await check(parser, text);
          if (verdict.verdict === "allow")
            expect(text.trim()).toMatch(/^[\s;(]*(?:--|\/\*|select|values|table|with|show|explain)/i);
          else expect(verdict.refusals.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** Pieces of SQL in any order. */
function pieces(): fc.Arbitrary<string> {
  const words = `SELECT FROM WHERE ( ) , ; ' " $$ -- /* */ E' U&" t a 1 pg_sleep (1) DELETE INTO FOR UPDATE WITH w AS UNION NULL :: int * . [ ] $1 VALUES EXPLAIN`;
  return fc.array(fc.constantFrom(...words.split(" ")), { maxLength: 25 }).map((all) => all.join(" "));
}
