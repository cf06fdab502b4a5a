import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { checkMysql, createMysqlParser } from "#sqlguard/io";
import { lex } from "../../../src/sqlguard/mysql/lexer.ts";
import { unmark } from "../cases/marked.ts";
import { FUNCTIONS as HOSTILE_FUNCTIONS, INSIDE_A_READ, RELATIONS, STATEMENTS } from "./cases/hostile.ts";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "./cases/honest.ts";
import { dressed, FORBIDDEN, GAPS, inserted, PIECES, PLACES, respelled } from "./cases/respelled.ts";

const RUNS = Number(process.env["SQLGUARD_MUTATIONS"] ?? 600);
const parser = createMysqlParser("mariadb");
afterAll(() => parser.close());

describe("G5: the spelling changes nothing", () => {
  const letters = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
  const gaps = fc.array(fc.nat(GAPS.length - 1), { minLength: 1, maxLength: 20 });

  it("a hostile statement stays denied, by the same rules, in any case, layout and comments", async () => {
    // What is hostile by its gaps or its characters alone is not hostile in other ones.
    const hostile = [...STATEMENTS, ...INSIDE_A_READ, ...HOSTILE_FUNCTIONS, ...RELATIONS].filter(
      ([, marked, rule]) => rule !== "function.shadowed" && lex(unmark(marked).sql).flaws.length === 0,
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...hostile), letters, gaps, async ([, marked, ...rules], some, others) => {
        const verdict = await checkMysql(parser, respelled(unmark(marked).sql, some, others));
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
          const before = await checkMysql(parser, sql);
          const after = await checkMysql(parser, respelled(sql, some, others));
          expect(after.verdict).toBe("allow");
          expect(after.fingerprint).toBe(before.fingerprint);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("a forbidden function is found anywhere, and where it stands is said", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORBIDDEN),
        fc.array(fc.constantFrom(...PLACES), { minLength: 1, maxLength: 4 }),
        letters,
        gaps,
        async (name, places, some, others) => {
          const verdict = await checkMysql(parser, respelled(dressed(name, places), some, others));
          const found = verdict.verdict === "deny" ? verdict.refusals : [];
          expect(found.map(({ rule }) => rule.split(".")[0])).toEqual(["function"]);
          expect(found.map(({ text }) => text.toUpperCase().replaceAll("`", ""))).toEqual([name.replaceAll("`", "")]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("a hostile piece is denied at any place of an honest statement", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PLAIN, ...FUNCTIONS, ...DIAGNOSIS),
        fc.constantFrom(...PIECES),
        fc.nat(1_000),
        async ([, sql], piece, where) => {
          expect((await checkMysql(parser, inserted(sql, piece, where))).verdict).toBe("deny");
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("whatever text there is, there is an answer", async () => {
    const words = `SELECT FROM WHERE ( ) , ; ' " \` -- # /* */ /*! @a @@version t a 1 SLEEP (1) DELETE INTO OUTFILE FOR UPDATE WITH w AS UNION NULL * . INTERVAL DAY CAST OVER WINDOW JOIN USING COLLATE PARTITION`;
    const pieces = fc.array(fc.constantFrom(...words.split(" ")), { maxLength: 25 }).map((all) => all.join(" "));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 200 }), pieces, pieces),
        async (text) => {
          const verdict = await checkMysql(parser, text);
          if (verdict.verdict === "allow")
            expect(text.trim()).toMatch(/^[\s(]*(?:--|#|\/\*|select|with|show|explain|desc)/i);
          else expect(verdict.refusals.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
