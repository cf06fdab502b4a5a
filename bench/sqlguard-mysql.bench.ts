// The first wall for MySQL and MariaDB: how many statements of our suite, of their respellings, and of honest ones with a hostile piece
// put in anywhere, were decided wrongly; and its time beside that of the two parsers alone. `--smoke`: two thousand, and the counts only.

import { LIMITS } from "#sqlguard";
import { loadParsers } from "../src/sqlguard/io/mysql/grammars.ts";
import { classify } from "../src/sqlguard/mysql/classify.ts";
import { lex } from "../src/sqlguard/mysql/lexer.ts";
import { respell } from "../src/sqlguard/mysql/respell/index.ts";
import { checkText } from "../src/sqlguard/text.ts";
import { unmark } from "../test/sqlguard/cases/marked.ts";
import * as hostileCases from "../test/sqlguard/mysql/cases/hostile.ts";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "../test/sqlguard/mysql/cases/honest.ts";
import {
  dressed,
  FORBIDDEN,
  GAPS,
  inserted,
  PIECES,
  PLACES,
  respelled,
} from "../test/sqlguard/mysql/cases/respelled.ts";
import { publish, smoke } from "./support/bench.ts";
import { percentile, rounded } from "./support/numbers.ts";

const MUTATIONS = smoke ? 2_000 : 100_000;
const ROUNDS = smoke ? 200 : 3_000;
/** Of the whole check against both parsers alone, and of the longest text that is looked at. */
const BUDGET = { ratio: 2, worst_ms: 2_000 };

const parsers = await loadParsers();
function allowed(sql: string): boolean {
  if (checkText(sql).length > 0) return false;
  return classify(sql, "mariadb", parsers).kind !== null;
}

const { COMMENTS, INSIDE_A_READ, QUOTES, RELATIONS, STATEMENTS, VARIABLES } = hostileCases;
const cases = [
  ...STATEMENTS,
  ...INSIDE_A_READ,
  ...VARIABLES,
  ...COMMENTS,
  ...QUOTES,
  ...hostileCases.FUNCTIONS,
  ...RELATIONS,
];
const hostile = cases.map(([, marked]) => unmark(marked).sql);
const honest = [...PLAIN, ...FUNCTIONS, ...DIAGNOSIS].map(([, sql]) => sql);
// What is hostile by its characters or gaps alone is not hostile in other ones.
const spelled = cases
  .filter(([, , rule]) => rule !== "function.shadowed")
  .map(([, marked]) => unmark(marked).sql)
  .filter((sql) => lex(sql).flaws.length === 0);

/** The same sequence in every run (Park and Miller's minimal standard generator). */
let state = 20_261_121;
const below = (n: number): number => {
  state = (state * 48_271) % 2_147_483_647;
  return state % n;
};
function pick<T>(all: readonly T[]): T {
  const one = all[below(all.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}
const some = <T>(most: number, one: () => T): readonly T[] => Array.from({ length: 1 + below(most) }, one);
const other = (sql: string): string =>
  respelled(
    sql,
    some(40, () => below(2) === 1),
    some(20, () => below(GAPS.length)),
  );

const KINDS = [
  { hostile: false, make: () => other(pick(honest)) },
  { hostile: true, make: () => other(pick(spelled)) },
  { hostile: true, make: () => other(dressed(pick(FORBIDDEN), some(4, () => pick(PLACES)))) },
  { hostile: true, make: () => inserted(pick(honest), pick(PIECES), below(1_000)) },
] as const; // prettier-ignore
const counts = { mutated_hostile: 0, mutated_hostile_accepted: 0, mutated_honest: 0, mutated_honest_refused: 0 };
for (let i = 0; i < MUTATIONS; i++) {
  const kind = pick(KINDS);
  const sql = kind.make();
  const accepted = allowed(sql);
  counts[kind.hostile ? "mutated_hostile" : "mutated_honest"]++;
  if (kind.hostile && accepted) counts.mutated_hostile_accepted++;
  if (!kind.hostile && !accepted) counts.mutated_honest_refused++;
  if (accepted === kind.hostile) console.error(`Decided wrongly: ${JSON.stringify(sql)}`);
}

const QUERY =
  "SELECT c.id, c.email, count(*) AS orders, sum(o.total) AS spent FROM shop.customers c JOIN shop.orders o ON o.customer_id = c.id WHERE o.status = 'paid' AND o.total > 10 GROUP BY 1, 2 ORDER BY 4 DESC LIMIT 20";
const spelling = respell(lex(QUERY).tokens, "mariadb").text;
function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return (performance.now() - began) * 1_000;
}
// In turns: what else runs on the machine slows both.
const parses: number[] = [];
const checks: number[] = [];
for (let i = 0; i < ROUNDS; i++) {
  parses.push(timed(() => [parsers.peg(spelling), parsers.rust(spelling)]));
  checks.push(timed(() => allowed(QUERY)));
}

const fill = (first: string, piece: string, last: string): string =>
  first + piece.repeat(Math.floor((LIMITS.textBytes - first.length - last.length) / piece.length)) + last;
const LONGEST = [
  fill("SELECT 1", "+1", ""),
  fill("SELECT ", "NOT ", "true"),
  fill("SELECT * FROM t WHERE id IN (1", ",1", ")"),
  fill("SELECT 1 WHERE a = 1", " OR a = 1", ""),
  fill("SELECT a", ",a", " FROM t"),
  `SELECT ${"(".repeat(40)}1${")".repeat(40)}`,
];
const worst = Math.max(...LONGEST.map((sql) => Math.min(...[1, 2, 3].map(() => timed(() => allowed(sql)))))) / 1_000;

const ratio = rounded(percentile(checks, 0.1) / percentile(parses, 0.1));
const suite = {
  hostile: hostile.length,
  hostile_accepted: hostile.filter(allowed).length,
  honest: honest.length,
  honest_refused: honest.filter((sql) => !allowed(sql)).length,
};
const result = {
  dialect: "MariaDB, without a catalog",
  suite,
  mutations: counts,
  query_bytes: QUERY.length,
  both_parsers_us: { p10: rounded(percentile(parses, 0.1)), p50: rounded(percentile(parses, 0.5)), p99: rounded(percentile(parses, 0.99)) },
  check_us: { p10: rounded(percentile(checks, 0.1)), p50: rounded(percentile(checks, 0.5)), p99: rounded(percentile(checks, 0.99)) },
  ratio,
  longest_text_ms: rounded(worst),
  budget: BUDGET,
}; // prettier-ignore
console.log(JSON.stringify(result));
publish("sqlguard-mysql", result);
const misjudged =
  suite.hostile_accepted + suite.honest_refused + counts.mutated_hostile_accepted + counts.mutated_honest_refused;
const slow = !smoke && (ratio > BUDGET.ratio || worst > BUDGET.worst_ms);
if (misjudged > 0) console.error(`${misjudged} statements were decided wrongly: each is a bug of the guard.`);
if (slow)
  console.error(`The guard is too slow: ${ratio} times the bare parsers, ${result.longest_text_ms} ms at most.`);
if (misjudged > 0 || slow) process.exitCode = 1;
