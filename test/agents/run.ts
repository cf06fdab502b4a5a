// usage: npm test [-- claude-code codex inspector conformance sdk]   each against a running Countersign

import type { Check } from "./check.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { conformance } from "./conformance.ts";
import { inspector } from "./inspector.ts";
import { startPlace, type Place } from "./place.ts";
import { etcProblem } from "./program.ts";
import { sdk } from "./sdk.ts";

const all: Readonly<Record<string, (place: Place) => Promise<readonly Check[]>>> = {
  "claude-code": claudeCode,
  codex,
  inspector,
  conformance,
  sdk,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(all, name));
const problem =
  unknown.length > 0 ? `There is no ${unknown.join(", ")}: ${Object.keys(all).join(", ")}.` : etcProblem();
if (problem !== null) {
  console.error(problem);
  process.exit(2);
}

console.log("Starting Countersign's demo: its server, database, doer and brokers.");
const place = await startPlace();
let failed = 0;
try {
  for (const [name, run] of Object.entries(all)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const started = performance.now();
    let checks: readonly Check[];
    try {
      checks = await run(place);
    } catch (error) {
      checks = [["it runs at all", false, String(error)]];
    }
    console.log(`${name} (${Math.round(performance.now() - started)} ms)`);
    for (const [what, ok, seen] of checks) {
      console.log(
        `  ${ok ? "ok  " : "FAIL"} ${what}${ok || seen === undefined ? "" : `\n       ${seen.slice(0, 4_000)}`}`,
      );
      if (!ok) failed += 1;
    }
  }
} finally {
  await place.close();
}
process.exit(failed === 0 ? 0 : 1);
