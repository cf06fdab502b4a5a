// Screening: what a kilobyte of ordinary text costs, what hostile text costs at worst, and how much is seen of our own corpora. Budgets:
// 400 microseconds a kilobyte, 150 ms for 64 KB of hostile text, nine of ten attacks, one of twenty honest texts, and one false finding
// in a thousand lines of code. The corpora are ours: the figures hold for them, and say little about attackers who have read the markers.
//
// `--smoke` holds what no other load can change: the counts. Exit status 1 when a budget is broken.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createScreening } from "#screening/io";
import { hostileLine } from "../test/platform/log/hostile.ts";
import { ATTACKS } from "../test/screening/corpus/attacks.ts";
import { HONEST } from "../test/screening/corpus/honest.ts";
import { UNITS } from "../test/screening/hostile.ts";
import { publish, smoke } from "./support/bench.ts";

const BUDGET = { usPerKb: 400, worstMs: 150, recall: 0.9, honestSuspected: 0.05, perThousandLines: 1 };
const HOSTILE_BYTES = 64 * 1024;
const ROUNDS = smoke ? 1 : 5;

const screening = createScreening();
const source = join(import.meta.dirname, "../src");
/** Our own code, but for this room's, which is made of what it looks for. */
const code = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.startsWith("screening"))
  .map((path) => readFileSync(join(source, path), "utf8"));

async function quickestMs(texts: readonly string[]): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    for (const text of texts) await screening.screen([{ origin: "file", text }]);
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

const suspected = async (texts: typeof ATTACKS | typeof HONEST): Promise<number> => {
  const read = await Promise.all(texts.map((each) => screening.screen([each])));
  return read.filter((each) => each.suspected).length;
};

const seen = await suspected(ATTACKS);
const mistaken = await suspected(HONEST);
const wrong = { injection: 0, pii: 0, secret: 0 };
for (const text of code) {
  const read = await screening.screen([{ origin: "file", text }]);
  if (read.suspected) wrong.injection += 1;
  for (const { kind } of read.findings) if (kind !== "injection") wrong[kind] += 1;
}
const lines = code.reduce((sum, text) => sum + text.split("\n").length, 0);
const kilobytes = code.reduce((sum, text) => sum + text.length, 0) / 1024;
const usPerKb = Math.round(((await quickestMs(code)) * 1000) / kilobytes);
const small = Math.round((await quickestMs(HONEST.map(({ text }) => text))) * (1000 / HONEST.length));
let worst = { unit: "", ms: 0 };
for (const unit of UNITS) {
  const ms = Math.round(await quickestMs([hostileLine(unit, HOSTILE_BYTES)]));
  if (ms > worst.ms) worst = { unit, ms };
}
const perThousandLines = Math.round(((wrong.injection + wrong.pii + wrong.secret) / lines) * 100_000) / 100;
const result = {
  attacks: { of: ATTACKS.length, seen },
  honest: { of: HONEST.length, suspected: mistaken },
  code: { lines, ...wrong, per_thousand_lines: perThousandLines },
  us_per_kb: usPerKb,
  us_per_short_text: small,
  hostile_64kb: worst,
  of: `the quickest of ${ROUNDS} rounds`,
  budget: BUDGET,
};
console.log(JSON.stringify(result));
publish("screening", result);
const broken = [
  ...(seen / ATTACKS.length < BUDGET.recall ? [`${seen} of ${ATTACKS.length} attacks were seen`] : []),
  ...(mistaken / HONEST.length > BUDGET.honestSuspected ? [`${mistaken} honest texts were suspected`] : []),
  ...(perThousandLines > BUDGET.perThousandLines ? [`${perThousandLines} false findings in 1,000 lines of code`] : []),
  ...(!smoke && usPerKb > BUDGET.usPerKb ? [`a kilobyte took ${usPerKb} microseconds`] : []),
  ...(!smoke && worst.ms > BUDGET.worstMs ? [`64 KB of ${JSON.stringify(worst.unit)} took ${worst.ms} ms`] : []),
];
if (broken.length > 0) {
  console.error(`Screening is over its budget: ${broken.join("; ")}.`);
  process.exitCode = 1;
}
