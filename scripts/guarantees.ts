// usage: npm run guarantees [-- --check]   writes docs/guarantees.md from the tests' names; with --check only says whether it is up to date
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { page } from "./guarantees/page.ts";

const root = dirname(import.meta.dirname);
const target = join(root, "docs/guarantees.md");

/** The names as vitest resolves them, tables included; no test is run. */
function testNames() {
  const folder = mkdtempSync(join(tmpdir(), "countersign-tests-"));
  const file = join(folder, "tests.json");
  const listed = spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "list", `--json=${file}`], {
    cwd: root,
    encoding: "utf8",
  });
  if (listed.status !== 0 || !existsSync(file)) {
    console.error(`The tests could not be listed: some test file does not load.\n${listed.stderr}`);
    process.exit(1);
  }
  const tests = z.array(z.object({ name: z.string(), file: z.string() })).parse(JSON.parse(readFileSync(file, "utf8")));
  rmSync(folder, { recursive: true });
  return tests.map(({ name, file: path }) => ({ name, file: relative(root, path) }));
}

const wanted = page(testNames());
const current = existsSync(target) ? readFileSync(target, "utf8") : "";
if (!process.argv.includes("--check")) writeFileSync(target, wanted);
else if (wanted !== current) {
  console.error("docs/guarantees.md is out of date: run `npm run guarantees` and commit it.");
  process.exitCode = 1;
}
