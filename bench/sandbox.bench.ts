// How long a program takes in the sandbox, beside the same program without it, in one run.

import { readProgram } from "#platform/process";
import type { SandboxJob } from "#sandbox";
import { runInSandbox } from "#sandbox/io";
import { publish, smoke } from "./support/bench.ts";
import { percentile, rounded } from "./support/numbers.ts";

const RUNS = smoke ? 20 : 300;
/** The p50 of a start is for a quiet machine: gateway.md's goal. */
const BUDGET = { p50Ms: 30, smokeMs: 1_000 };

const job: SandboxJob = {
  command: ["/usr/bin/true"],
  environment: {},
  mounts: [],
  budget: {
    wallMs: 10_000,
    cpuSeconds: 5,
    memoryBytes: 64 * 2 ** 20,
    processes: 16,
    workBytes: 2 ** 20,
    outputBytes: 10_000,
  },
};

const inside: number[] = [];
const plain: number[] = [];
for (let run = 0; run < RUNS; run += 1) {
  const began = performance.now();
  const outcome = await runInSandbox(job);
  inside.push(performance.now() - began);
  if (outcome.kind !== "ended" || outcome.status !== 0) throw new Error(`no run: ${JSON.stringify(outcome)}`);
  const again = performance.now();
  await readProgram({ program: "/usr/bin/true", args: [], env: {} });
  plain.push(performance.now() - again);
}
const p50 = rounded(percentile(inside, 0.5));
const result = {
  runs: RUNS,
  sandbox_ms: { p50, p99: rounded(percentile(inside, 0.99)) },
  plain_ms: { p50: rounded(percentile(plain, 0.5)), p99: rounded(percentile(plain, 0.99)) },
  ratio: rounded(p50 / percentile(plain, 0.5)),
  budget: BUDGET,
};
console.log(JSON.stringify(result));
publish("sandbox", result);
if (p50 > (smoke ? BUDGET.smokeMs : BUDGET.p50Ms)) {
  console.error(`over budget: a start took ${p50} ms`);
  process.exitCode = 1;
}
