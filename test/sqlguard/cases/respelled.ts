// The same statement in other letters, gaps and clothes.
import { nextToken } from "../../../src/sqlguard/tokens.ts";

export const GAPS = [
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
 * ../parser.test.ts holds that case.
 */
const LOOKS_AHEAD = /^(?:not|nulls|with|without|format|uescape|u&.*)$/is;

/** Each word in other letters, each gap another gap: PostgreSQL reads the same. */
export function respelled(sql: string, letters: readonly boolean[], gaps: readonly number[]): string {
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
export const CLOTHES: readonly ((name: string) => string)[] = [
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
export const PLACES: readonly ((expression: string) => string)[] = [
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

/** Functions that no spelling may bring in. */
export const FORBIDDEN =
  "pg_sleep pg_advisory_lock set_config nextval lo_unlink pg_read_file pg_notify txid_current table_to_xml dblink_exec pg_terminate_backend query_to_xml".split(
    " ",
  );

/** The name, in its clothes, inside of the places, the first outermost. */
export function dressed(
  name: string,
  clothes: (name: string) => string,
  places: readonly ((e: string) => string)[],
): string {
  return places.reduceRight(
    (inner, place, depth) => place(depth === places.length - 1 ? inner : `(${inner})`),
    `${clothes(name)}(NULL)`,
  );
}
