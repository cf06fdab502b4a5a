import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { check, createParser } from "#sqlguard/io";
import { nextToken } from "../../src/sqlguard/tokens.ts";
import { EFFECTS, ELSEWHERE, SIZES } from "./cases/effects.ts";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "./cases/honest.ts";
import { unmark } from "./cases/marked.ts";
import { INSIDE_A_READ } from "./cases/writes.ts";

const RUNS = Number(process.env["SQLGUARD_MUTATIONS"] ?? 1500);
const parser = createParser(18);
afterAll(() => parser.close());

const GAPS = [
  " ",
  "\n",
  "\t",
  "\r\n",
  "/**/",
  "/* ' */",
  "/* /* ; */ */",
  "-- x\n",
  " -- '\"\n",
  "/*--*/",
  "  ",
] as const;

/**
 * After these the grammar looks one word ahead, and the parser's build trips over a comment there: it refuses, it does not misread.
 * parser.test.ts holds that case.
 */
const LOOKS_AHEAD = /^(?:not|nulls|with|without|format|uescape|u&.*)$/is;

/** Each word in other letters, each gap another gap: PostgreSQL reads the same. */
function respelled(sql: string, letters: readonly boolean[], gaps: readonly number[]): string {
  let out = "";
  let n = 0;
  let before = "";
  for (let token = nextToken(sql, 0), end = 0; token !== null; end = token.end, token = nextToken(sql, token.end)) {
    if (token.start > end)
      out += LOOKS_AHEAD.test(before)
        ? " "
        : (/[-/]$/.test(before) ? " " : "") + (GAPS[(gaps[n % gaps.length] ?? 0) % GAPS.length] ?? " ");
    const text = sql.slice(token.start, token.end);
    // A prefix (E'..', U&'..') and quoted names keep their letters; so do names that would mean another one.
    out += /^[a-z_]\w*$/i.test(text)
      ? Array.from(text)
          .map((c) => (letters[n++ % letters.length] === true ? c.toUpperCase() : c.toLowerCase()))
          .join("")
      : text;
    before = text;
    n++;
  }
  return out;
}

/** The name of a function in other clothes. */
const CLOTHES: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => `"${name}"`,
  (name) => `pg_catalog.${name}`,
  (name) => `"pg_catalog" /* . */ . "${name}"`,
  (name) => `U&"${name.replace("_", "\\005f")}"`,
  (name) =>
    `u&"${Array.from(name)
      .map((c) => `\\${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`)
      .join("")}"`,
  (name) => `pg_catalog.U&"${name.replace("_", "!005F")}" UESCAPE '!'`,
];

/** Where an expression may stand. */
const PLACES: readonly ((expression: string) => string)[] = [
  (e) => `SELECT ${e}`,
  (e) => `SELECT 1 WHERE (${e}) IS NULL`,
  (e) => `SELECT (SELECT ${e})`,
  (e) => `SELECT * FROM (SELECT ${e}) x`,
  (e) => `WITH w AS (SELECT ${e}) SELECT * FROM w`,
  (e) => `SELECT 1 UNION ALL SELECT length((${e})::text)`,
  (e) => `SELECT CASE WHEN true THEN 1 ELSE length((${e})::text) END`,
  (e) => `SELECT 1 ORDER BY (${e})::text`,
  (e) => `SELECT count(*) FILTER (WHERE (${e}) IS NULL) OVER ()`,
  (e) => `VALUES (1), (length((${e})::text))`,
  (e) => `SELECT ARRAY[(${e})::text]`,
  (e) => `SELECT ROW(1, ${e})`,
  (e) => `EXPLAIN SELECT ${e}`,
  (e) => `SELECT 1 = ANY (ARRAY[length((${e})::text)])`,
  (e) => `SELECT 1 GROUP BY GROUPING SETS ((), ((${e})::text))`,
  (e) => `SELECT * FROM generate_series(1, 2) g JOIN LATERAL (SELECT ${e}) x ON true`,
  (e) => `SELECT JSON_OBJECT('a': (${e})::text)`,
  (e) => `SELECT 1 LIMIT (SELECT length((${e})::text))`,
];

const FORBIDDEN =
  "pg_sleep pg_advisory_lock set_config nextval lo_unlink pg_read_file pg_notify txid_current table_to_xml dblink_exec pg_terminate_backend query_to_xml".split(
    " ",
  );

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
          const call = `${clothes(name)}(NULL)`;
          const sql = places.reduceRight(
            (inner, place, depth) => place(depth === places.length - 1 ? inner : `(${inner})`),
            call,
          );
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
