import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { RULES } from "#sqlguard";

it("docs/sql-guard.md explains every rule in the words of the refusal", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/sql-guard.md"), "utf8");
  const rows = Object.entries(RULES).map(([rule, { says, instead }]) => `| \`${rule}\` | ${says} | ${instead} |`);
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});
