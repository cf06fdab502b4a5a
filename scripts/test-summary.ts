// usage: test-summary.ts REPORT.json   prints the count of a test run last; its exit code says whether all is well
import { readFileSync } from "node:fs";
import { summarise } from "./tests/summary.ts";

const [file = ""] = process.argv.slice(2);
const { lines, ok } = summarise(JSON.parse(readFileSync(file, "utf8")));
for (const line of lines) console.log(line);
process.exitCode = ok ? 0 : 1;
