// usage: npm test [-- claude-code codex inspector conformance]   each against the surface that `serve` has

import type { Check } from "./check.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { conformance } from "./conformance.ts";
import { inspector } from "./inspector.ts";

const all: Readonly<Record<string, () => Promise<readonly Check[]>>> = {
  "claude-code": claudeCode,
  codex,
  inspector,
  conformance,
};

const wanted = process.argv.slice(2);
let failed = 0;
for (const [name, run] of Object.entries(all)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  let checks: readonly Check[];
  try {
    checks = await run();
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
process.exit(failed === 0 ? 0 : 1);
