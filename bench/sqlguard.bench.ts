// What the SQL guard's first wall costs and what it lets through: times as ratios to PostgreSQL's own parser in the same run,
// and how many statements of our suite, and of its mutations, were decided wrongly. `--smoke` does two thousand mutations and
// holds the counts alone; the full run does a hundred thousand, and keeps its figures in results/. Exit status 1 when a budget is broken.

import { check, createParser } from "#sqlguard/io";
import { loadParser } from "../src/sqlguard/io/postgres/grammars.ts";
import { classify } from "../src/sqlguard/postgres/classify.ts";
import { checkText } from "../src/sqlguard/text.ts";
import { DISGUISES, TEXTS } from "../test/sqlguard/cases/disguises.ts";
import { EFFECTS, ELSEWHERE, SIZES } from "../test/sqlguard/cases/effects.ts";
import { DIAGNOSIS, FUNCTIONS, PLAIN } from "../test/sqlguard/cases/honest.ts";
import { unmark } from "../test/sqlguard/cases/marked.ts";
import { CLOTHES, dressed, FORBIDDEN, GAPS, PLACES, respelled } from "../test/sqlguard/cases/respelled.ts";
import { INSIDE_A_READ, STATEMENTS } from "../test/sqlguard/cases/writes.ts";
import { publish, smoke } from "./support/bench.ts";
import { below, pick, some } from "./support/dice.ts";
import { percentile, rounded } from "./support/numbers.ts";
import { holdJudged, LONGEST, QUERY, spread, timed } from "./support/statements.ts";

const MAJOR = 18;
const MUTATIONS = smoke ? 2_000 : 100_000;
const ROUNDS = smoke ? 2_000 : 20_000;
/** Of parse and walk against the bare parse, and of the longest text that is looked at. What we want is a ratio of 1.3. */
const GOAL = { ratio: 1.3 };
const BUDGET = { ratio: 2, worst_ms: 50 };

const started = performance.now();
const bare = await loadParser(MAJOR);
bare.parseSync("SELECT 1");
const coldStart = performance.now() - started;

/** As the worker thread decides, without the thread. */
function allowed(sql: string): boolean {
  if (checkText(sql).length > 0) return false;
  try {
    const { kind, offences, unknown } = classify(bare.parseSync(sql), MAJOR);
    return kind !== null && offences.length === 0 && unknown.length === 0;
  } catch {
    return false;
  }
}

const hostile = [...STATEMENTS, ...INSIDE_A_READ, ...EFFECTS, ...ELSEWHERE, ...SIZES, ...DISGUISES, ...TEXTS].map(
  ([, marked]) => unmark(marked).sql,
);
const honest = [...PLAIN, ...FUNCTIONS, ...DIAGNOSIS].map(([, sql]) => sql);

const other = (sql: string): string =>
  respelled(
    sql,
    some(40, () => below(2) === 1),
    some(20, () => below(GAPS.length)),
  );

// What is hostile by its bytes or its layout alone is not hostile in another one.
const spelled = [...STATEMENTS, ...INSIDE_A_READ, ...EFFECTS, ...ELSEWHERE, ...SIZES].map(
  ([, marked]) => unmark(marked).sql,
);
const counts = { mutated_hostile: 0, mutated_hostile_accepted: 0, mutated_honest: 0, mutated_honest_refused: 0 };
const wrong: string[] = [];
for (let i = 0; i < MUTATIONS; i++) {
  const turn = i % 3;
  const sql =
    turn === 0
      ? other(pick(honest))
      : turn === 1
        ? other(pick(spelled))
        : other(
            dressed(
              pick(FORBIDDEN),
              pick(CLOTHES),
              some(4, () => pick(PLACES)),
            ),
          );
  const accepted = allowed(sql);
  if (turn === 0) counts.mutated_honest++;
  else counts.mutated_hostile++;
  if (turn === 0 && !accepted) counts.mutated_honest_refused++;
  if (turn !== 0 && accepted) counts.mutated_hostile_accepted++;
  if (accepted !== (turn === 0) && wrong.length < 5) wrong.push(sql);
}

// In turns: what else runs on the machine slows both.
const parses: number[] = [];
const checks: number[] = [];
for (let i = 0; i < ROUNDS; i++) {
  parses.push(timed(() => bare.parseSync(QUERY)));
  checks.push(timed(() => allowed(QUERY)));
}
const worst = Math.max(
  ...LONGEST.map((sql) => Math.min(...Array.from({ length: 5 }, () => timed(() => allowed(sql))))),
);

const thread = createParser(MAJOR);
const asked: number[] = [];
for (let i = 0; i < 500; i++) {
  const began = performance.now();
  await check(thread, QUERY);
  asked.push((performance.now() - began) * 1_000);
}
await thread.close();

// Of the quietest tenth: what else runs on the machine can only add.
const ratio = rounded(percentile(checks, 0.1) / percentile(parses, 0.1));
const result = {
  grammar: `PostgreSQL ${MAJOR}, without a catalog`,
  suite: {
    hostile: hostile.length,
    hostile_accepted: hostile.filter(allowed).length,
    honest: honest.length,
    honest_refused: honest.filter((sql) => !allowed(sql)).length,
  },
  mutations: counts,
  query_bytes: QUERY.length,
  bare_parse_us: spread(parses),
  check_us: spread(checks),
  ratio,
  through_the_thread_us: { p50: rounded(percentile(asked, 0.5)) },
  longest_text_ms: rounded(worst / 1_000),
  load_and_first_parse_ms: rounded(coldStart),
  goal: GOAL,
  budget: BUDGET,
};
console.log(JSON.stringify(result));
for (const sql of wrong) console.error(`Decided wrongly: ${JSON.stringify(sql)}`);
publish("sqlguard", result);
const slow = !smoke && (ratio > BUDGET.ratio || worst / 1_000 > BUDGET.worst_ms);
if (slow) console.error(`The guard is too slow: ${ratio} times the bare parse, ${result.longest_text_ms} ms at most.`);
if (slow) process.exitCode = 1;
holdJudged(result);
