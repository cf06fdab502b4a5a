// The first wall for MySQL and MariaDB: how many statements of our suite, of their respellings, and of honest ones with a hostile piece
// put in anywhere, were decided wrongly; and its time beside that of the two parsers alone. `--smoke`: two thousand, and the counts only.

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
import { below, pick, some } from "./support/dice.ts";
import { percentile, rounded } from "./support/numbers.ts";
import { holdJudged, LONGEST, QUERY, spread, timed } from "./support/statements.ts";

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

const spelling = respell(lex(QUERY).tokens, "mariadb").text;
// In turns: what else runs on the machine slows both.
const parses: number[] = [];
const checks: number[] = [];
for (let i = 0; i < ROUNDS; i++) {
  parses.push(timed(() => [parsers.peg(spelling), parsers.rust(spelling)]));
  checks.push(timed(() => allowed(QUERY)));
}

const DEEP = `SELECT ${"(".repeat(40)}1${")".repeat(40)}`;
const worst =
  Math.max(...[...LONGEST, DEEP].map((sql) => Math.min(...[1, 2, 3].map(() => timed(() => allowed(sql)))))) / 1_000;

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
  both_parsers_us: spread(parses),
  check_us: spread(checks),
  ratio,
  longest_text_ms: rounded(worst),
  budget: BUDGET,
};
console.log(JSON.stringify(result));
publish("sqlguard-mysql", result);
const slow = !smoke && (ratio > BUDGET.ratio || worst > BUDGET.worst_ms);
if (slow)
  console.error(`The guard is too slow: ${ratio} times the bare parsers, ${result.longest_text_ms} ms at most.`);
if (slow) process.exitCode = 1;
holdJudged(result);
