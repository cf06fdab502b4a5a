// usage: npm run guarantees [-- --check]   writes the pages that follow from tests and code; with --check only says whether they are up to date
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { codesPage } from "./guarantees/codes.ts";
import { page } from "./guarantees/page.ts";

const root = dirname(import.meta.dirname);

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

const pages: Readonly<Record<string, string>> = {
  "docs/guarantees.md": page(testNames()),
  "docs/gate-codes.md": codesPage(),
};
for (const [path, wanted] of Object.entries(pages)) {
  const target = join(root, path);
  if (!process.argv.includes("--check")) writeFileSync(target, wanted);
  else if (!existsSync(target) || readFileSync(target, "utf8") !== wanted) {
    console.error(`${path} is out of date: run \`npm run guarantees\` and commit it.`);
    process.exitCode = 1;
  }
}
