// An agent whose change does not get through changes what holds it up: the workflow, the hook, who owns which files, the gate's own rules, the
// words that tell agents what to do.

import { describe, expect, it } from "vitest";
import { observed } from "#policy";
import { propose, stageOf } from "../gateway/support/stage.ts";
import { engineOf, facts } from "../policy/rules.ts";
import { testDatabase } from "../support/database.ts";

const engine = await engineOf();
const seen = (path: string) => observed(facts({ tool: "repo.propose", branch: "topic" }), { paths: [path] });
const t = await testDatabase();
const stage = stageOf(t, await t.tenant("acme", 1));

const ATTEMPTS = [
  ".github/workflows/ci.yml", ".github/workflows/new.yaml", ".github/actions/setup/action.yml", ".github/CODEOWNERS", "CODEOWNERS",
  "docs/CODEOWNERS", ".github/merge-gate.yml", ".github/merge-gate.yaml", ".github/dependabot.yml", ".github/hooks/pre-tool.json",
  ".github/copilot-instructions.md", ".gitlab-ci.yml", ".circleci/config.yml", "Jenkinsfile", "azure-pipelines.yml", ".buildkite/pipeline.yml",
  ".husky/pre-commit", ".githooks/pre-push", ".pre-commit-config.yaml", "lefthook.yml", ".gitattributes", ".gitmodules", ".git/hooks/pre-commit",
  "vendor/x/.git/config", ".claude/settings.json", ".codex/config.toml", ".mcp.json", "clients/acme/constitution/acme.cedar", "policies/floor/never.cedar",
  // The same to a file system that ignores case, to one that normalizes, to a reader.
  ".GitHub/Workflows/CI.yml", ".GITHUB/workflows/x.yml", "codeowners", "JENKINSFILE", ".github//workflows/ci.yml", "./.github/workflows/ci.yml",
  ".github/work\u200bflows/ci.yml", ".ｇithub/workflows/ci.yml", ".\uff47\uff49thub/CODEOWNERS",
]; // prettier-ignore

describe("24 X15 what guards the repository is changed by people: RED, whoever says yes", () => {
  it.each(ATTEMPTS)("%j", async (path) => {
    const argsHash = "1".repeat(64);
    for (const approval of [null, { argsHash, approver: "ada" }])
      expect(await engine.decide({ ...seen(path), argsHash, approval })).toMatchObject({
        colour: "RED",
        errors: [],
        reasons: expect.arrayContaining([expect.objectContaining({ id: "never.gate_files" })]),
      });
  });

  it.each(["src/workflows/ci.ts", "docs/github.md", ".github/ISSUE_TEMPLATE/bug.md", "src/codeowners.ts", "policy.md"])(
    "and %j is none of it",
    (path) => expect(seen(path).hazards).not.toContain("gate.files"),
  );

  it("among harmless files, by the gateway: nobody is asked, and nothing is sent to be carried out", async () => {
    const asked = propose("src/a.ts");
    const given = { repository: "acme/shop", branch: "fix/one", title: "One", body: "Why." };
    const changes = ["src/a.ts", ".github/workflows/ci.yml", "src/b.ts"].map((path) => ({ kind: "write", path, content: "x\n" })); // prettier-ignore
    expect(await stage.gateway.handle(stage.who, { ...asked, arguments: { ...given, changes } }, 10_000)).toMatchObject({
      kind: "refused",
      code: "policy_red",
      rules: [{ id: "never.gate_files" }],
    }); // prettier-ignore
    expect(stage.sent()).toEqual([]);
  });

  it("by taking it away instead", async () => {
    const changes = [{ kind: "delete", path: ".github/workflows/ci.yml" }];
    const asked = { ...propose("x"), arguments: { repository: "acme/shop", branch: "fix/one", title: "One", body: "Why.", changes } }; // prettier-ignore
    expect(await stage.gateway.handle(stage.who, asked, 10_000)).toMatchObject({ kind: "refused", code: "policy_red" });
    expect(stage.sent()).toEqual([]);
  });
});
