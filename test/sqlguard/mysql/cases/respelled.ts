// The same statement in other letters and gaps.
import { lex } from "../../../../src/sqlguard/mysql/lexer.ts";

export const GAPS = [
  " ",
  "\n",
  "\t",
  "\r\n",
  "/**/",
  "/* ' \" ` */",
  "/* ; */",
  "-- x\n",
  "# x\n",
  " -- '\"`\n",
  "  ",
] as const;

/** Each word in other letters, each gap another gap: the server reads the same. */
export function respelled(sql: string, letters: readonly boolean[], gaps: readonly number[]): string {
  const { tokens } = lex(sql);
  let out = "";
  let n = 0;
  for (const [index, token] of tokens.entries()) {
    const end = tokens[index - 1]?.end ?? 0;
    const gap = GAPS[(gaps[n % gaps.length] ?? 0) % GAPS.length] ?? " ";
    // A gap inside of a token is its own: neighbouring strings are one.
    if (index > 0 && token.start > end) out += /[-/]$/.test(out) ? ` ${gap}` : gap;
    const text = sql.slice(token.start, token.end);
    // Names keep their letters: they may mean other ones.
    out += token.kind === "word" && token.name === token.value && text.length > 1 ? recased(text, letters, n) : text;
    n += text.length;
  }
  return out;
}

const recased = (text: string, letters: readonly boolean[], from: number): string =>
  Array.from(text)
    .map((c, i) => (letters[(from + i) % letters.length] === true ? c.toUpperCase() : c.toLowerCase()))
    .join("");

/** Where an expression may stand. */
export const PLACES: readonly ((expression: string) => string)[] = [
  (e) => `SELECT ${e}`,
  (e) => `SELECT 1 FROM t WHERE (${e}) IS NULL`,
  (e) => `SELECT (SELECT ${e})`,
  (e) => `SELECT * FROM (SELECT ${e} AS a) x`,
  (e) => `WITH w AS (SELECT ${e}) SELECT * FROM w`,
  (e) => `SELECT 1 UNION ALL SELECT length(${e})`,
  (e) => `SELECT CASE WHEN TRUE THEN 1 ELSE length(${e}) END`,
  (e) => `SELECT 1 ORDER BY (${e})`,
  (e) => `SELECT count(${e}) OVER (PARTITION BY a)`,
  (e) => `SELECT IF(${e}, 1, 2)`,
  (e) => `SELECT CAST((${e}) AS CHAR(10))`,
  (e) => `SELECT a FROM t JOIN u ON t.a = (${e})`,
  (e) => `SELECT now() + INTERVAL (${e}) DAY`,
  (e) => `SELECT TRIM(LEADING 'x' FROM (${e}))`,
  (e) => `SELECT GROUP_CONCAT((${e}) ORDER BY 1 SEPARATOR ',')`,
  (e) => `SELECT 1 IN (1, (${e}))`,
  (e) => `SELECT JSON_OBJECT('a', (${e}))`,
  (e) => `SELECT a FROM t GROUP BY a HAVING (${e}) > 1`,
  (e) => `SELECT EXTRACT(DAY FROM (${e}))`,
];

/** Functions that no spelling may bring in. */
export const FORBIDDEN =
  "SLEEP BENCHMARK GET_LOCK RELEASE_ALL_LOCKS LOAD_FILE NEXTVAL LAST_INSERT_ID SYS_EXEC MASTER_POS_WAIT DES_DECRYPT MY_FUNCTION `SLEEP` `MY_FUNCTION`".split(
    " ",
  );

/** The function inside of the places, the first outermost. */
export const dressed = (name: string, places: readonly ((e: string) => string)[]): string =>
  places.reduceRight(
    (inner, place, depth) => place(depth === places.length - 1 ? inner : `(${inner})`),
    `${name}(NULL)`,
  );

/** What may stand at no place of a read. */
export const PIECES = [
  "INTO OUTFILE '/tmp/x'",
  "INTO DUMPFILE '/tmp/x'",
  "INTO @a",
  "FOR UPDATE",
  "FOR SHARE",
  "LOCK IN SHARE MODE",
  "; DELETE FROM t",
  "/*! INTO OUTFILE '/tmp/x' */",
  "/*M!100100 FOR UPDATE */",
  "/*+ SET_VAR(sql_mode='') */",
  "--1",
  "@a := 1",
  "@@init_connect",
  "SLEEP(5)",
  "GET_LOCK('a', 1)",
  "`sleep`(5)",
  "shop.f(1)",
  "my_function()",
  "PROCEDURE ANALYSE()",
  "NEXT VALUE FOR s",
  "UNION SELECT * FROM mysql.user",
  "DELETE",
  "UPDATE",
  "SET",
  "CALL",
  "?",
  "'",
  "`",
  "/*",
  "\\",
  "{",
  ":=",
] as const;

/** The piece between two tokens of the statement. */
export function inserted(sql: string, piece: string, where: number): string {
  const { tokens } = lex(sql);
  // Behind a dot any word is a name; behind the semicolon at the end a comment is nothing.
  const ends = [0, ...tokens.filter(({ value }) => value !== "." && value !== ";").map(({ end }) => end)];
  const at = ends[where % ends.length] ?? 0;
  return `${sql.slice(0, at)} ${piece} ${sql.slice(at)}`;
}
