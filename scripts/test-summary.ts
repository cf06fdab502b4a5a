// usage: test-summary.ts REPORT.json   vitest's JSON report as one line; fails when a test failed or was skipped, or when there was none
import { readFileSync } from "node:fs";
import { z } from "zod";

const report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  success: z.boolean(),
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) })),
});

const [file = ""] = process.argv.slice(2);
const found = report.parse(JSON.parse(readFileSync(file, "utf8")));
const skipped = found.numPendingTests + found.numTodoTests;
for (const test of found.testResults.flatMap((one) => one.assertionResults))
  if (test.status !== "passed") console.log(`${test.status}: ${test.fullName}`);
if (found.numPassedTests === 0) console.log("No test ran: that is a failure too.");
if (skipped > 0) console.log("A skipped test is a failure here: see the reason beside it above.");
console.log(
  `${found.numPassedTests} passed, ${found.numFailedTests} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
);
process.exitCode = found.success && found.numFailedTests === 0 && skipped === 0 && found.numPassedTests > 0 ? 0 : 1;
