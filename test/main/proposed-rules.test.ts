// A proposed rule is tried among the client's own before it is put there.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Proposal } from "#approvals/io";
import { approvalId, instantOfMillis } from "#kernel";
import { constitutionFiles } from "../../src/tenants/constitution.ts";
import { examineFolder, readWith } from "../../src/main/proposed-rules.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-proposed-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
for (const [path, text] of constitutionFiles("acme")) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  if (!path.endsWith("README.md")) writeFileSync(file, text);
}
const folder = join(root, "constitution");

const ID = "learned.repo_propose.a1";
const CEDAR = `@id("${ID}") @version("1") @verdict("RED") @text("A person said no to such a call.")
forbid (principal, action == Countersign::Action::"repo.propose", resource) when { context.areas.contains("docs") };`;
const CASES = `cases:
  - { name: docs, facts: { tool: repo.propose, branch: topic, areas: [docs] }, expect: RED, rules: [${ID}@1] }
  - { name: others, facts: { tool: repo.propose, branch: topic }, expect: GREEN, rules: [default.propose@1] }
`;
const proposal = (files: Partial<Proposal["files"]>): Proposal => ({
  proposal: "p",
  approval: approvalId("00000000-0000-4000-8900-000000000001") ?? expect.unreachable(),
  kind: "rule",
  rule: ID,
  state: "open",
  at: instantOfMillis(0),
  files: { title: "x", cedar: null, cases: null, prose: null, ...files },
});
const tried = async (files: Partial<Proposal["files"]>): Promise<string> => {
  const one = proposal(files);
  return (await examineFolder(await readWith(folder, one), one)).join("\n");
};

describe("a proposal among the client's own rules", () => {
  it.each([
    [
      "one that contradicts a case of the client's is refused, and the case is named",
      { cedar: CEDAR, cases: CASES },
      /other code, after reading a ticket/,
    ],
    ["one without cases is refused", { cedar: CEDAR.replaceAll("docs", "tests") }, /no case is decided by it/],
    ["one that does not load is refused", { cedar: "permit (principal, action, resource);" }, /@id/],
    [
      "one that holds is not",
      { cedar: CEDAR.replaceAll('"docs"', '"tests"'), cases: CASES.replace("areas: [docs]", "areas: [tests]") },
      /^$/,
    ],
    ["guidance is prose", { prose: "## learned.guidance.a1@1\n\nIt asks each time.\n" }, /^$/],
  ] as const)("%s", async (_, files, says) => {
    expect(await tried(files)).toMatch(says);
  });
});
