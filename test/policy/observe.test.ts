// Facts that are computed out of a call's arguments: paths, refspecs, statements, recipients.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observed, parseCases } from "#policy";
import { check, createParser } from "#sqlguard/io";
import { engineOf, facts } from "./rules.ts";

const proposing = (paths: readonly string[]) => observed(facts({ tool: "repo.propose", branch: "topic" }), { paths });

describe("paths that a proposal touches", () => {
  it.each([
    ["src/auth/login.ts", ["auth"]],
    ["src/LoginForm.tsx", ["auth"]],
    ["lib/oauth2_client.rb", ["auth"]],
    ["src/\uff41uth/index.ts", ["auth"]],
    ["src/au\u200bth/index.ts", ["auth"]],
    ["services/billing/refundPolicy.go", ["payments"]],
    ["app/models/StripeCharge.rb", ["payments"]],
    ["src/gdpr/export.ts", ["pii"]],
    ["db/migrations/0001_init.sql", ["migrations"]],
    ["infra/main.tf", ["infrastructure"]],
    ["package-lock.json", ["dependencies"]],
    ["apps/web/package.json", ["dependencies"]],
    ["test/payments.test.ts", ["payments", "tests"]],
    ["src/author.ts", []],
    ["src/paint.ts", []],
  ])("%j belongs to %j", (path, areas) => {
    expect(proposing([path]).areas).toEqual(areas);
  });

  it.each([
    ".github/workflows/ci.yml",
    ".GitHub/Workflows/ci.yml",
    ".github/merge-gate.yml",
    ".github/CODEOWNERS",
    "CODEOWNERS",
    ".husky/pre-commit",
    ".pre-commit-config.yaml",
    ".claude/settings.json",
    ".mcp.json",
    ".git/hooks/pre-commit",
    "vendor/x/.git/config",
    "packages/a/.claude/settings.json",
    "packages/a/.mcp.json",
    "x/HEAD",
    ".travis.yml",
    "lefthook-local.yml",
    "ci/Jenkinsfile",
    ".github/renovate.json",
    ".github/agents/a.md",
    "src/.gitattributes",
    ".git\u034f/config",
    "clients/acme/constitution/rules.cedar",
  ])("24: %j guards the repository: a change of it is RED, approved or not", async (path) => {
    const argsHash = "1".repeat(64);
    const given = { ...proposing(["src/a.ts", path]), argsHash, approval: { argsHash, approver: "ada" } };
    expect(await (await engineOf()).decide(given)).toMatchObject({
      colour: "RED",
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.gate_files" })]),
    });
  });

  it.each([
    "../other/file",
    "src/../../x",
    " ~",
    "\u00a0~/x",
    " .aws",
    ".env::$DATA",
    "/etc/passwd",
    "~/x",
    "C:\\x",
    "src\\auth\\x.ts",
    "a//b",
    "./a",
    "",
    "a\u0000b",
    "a\nb",
    "a\u202eb",
    "\uff0e\uff0e/x",
  ])("fails closed: %j is no plain path of the repository", (path) =>
    expect(proposing([path]).hazards).toContain("paths.escape"),
  );

  it.each([
    ".env",
    "config/.env.production",
    "deploy/id_rsa",
    "certs/server.key",
    ".npmrc",
    "config/secrets.yml",
    "\uff0eenv",
    ".env~",
    ".env-prod",
    "deploy/id_rsa.bak",
    "infra/terraform.tfstate",
    "config/credentials.json",
  ])("24: %j holds credentials: writing it makes one, reading it reads one", (path) => {
    expect(proposing([path]).hazards).toContain("credentials.rotate");
    expect(observed(facts({ tool: "repo.read" }), { paths: [path] }).hazards).toContain("credentials.read");
  });

  it.each([".env.example", "keys/id_rsa.pub", "src/auth/credentials.ts", "app/credentials.py"])(
    "%j holds none: it is written for readers",
    (path) => expect(observed(facts({ tool: "repo.read" }), { paths: [path] }).hazards).toEqual([]),
  );

  it("one more path never takes a hazard or an area away", () => {
    const path = fc.oneof(
      fc.constantFrom("src/auth/a.ts", ".env", "../x", "docs/a.md", ".github/workflows/x.yml"),
      fc.string({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(path), path, (paths, one) => {
        const fewer = proposing(paths);
        const more = proposing([...paths, one]);
        expect(more.hazards).toEqual(expect.arrayContaining([...fewer.hazards]));
        expect(more.areas).toEqual(expect.arrayContaining([...fewer.areas]));
      }),
    );
  });
});

describe("where a push goes", () => {
  it.each([
    [["topic"], []],
    [["HEAD:topic"], []],
    [["+topic"], ["git.force_push"]],
    [[":topic"], ["git.branch_delete"]],
    [
      ["topic", "+main"],
      ["git.force_push", "git.push_production"],
    ],
    [[], ["git.push_production"]],
    [["topic:Protected"], ["git.push_production"]],
  ])("%j: %j", (refspecs, hazards) => {
    const seen = observed(facts({ tool: "repo.propose", branch: "topic" }), { refspecs, production: ["protected"] });
    expect(seen.hazards).toEqual(hazards);
  });
});

describe("statements, through the SQL guard", () => {
  it.each([
    ["select 1", "select", "GREEN"],
    ["show search_path", "show", "GREEN"],
    ["DROP TABLE users", "refused", "RED"],
    ["with gone as (delete from users returning 1) select * from gone", "refused", "RED"],
    ["select pg_terminate_backend(1)", "refused", "RED"],
    ["/* select */ update users set a = 1", "refused", "RED"],
    ["select 1; truncate users", "refused", "RED"],
    ["this is no SQL", "refused", "RED"],
  ])("24, 25: %j is %s: %s", async (statement, kind, colour) => {
    const parser = createParser(18);
    try {
      const seen = observed(facts({ tool: "sql.select" }), { sql: await check(parser, statement) });
      expect(seen.sql).toBe(kind);
      expect(await (await engineOf()).decide(seen)).toMatchObject({ colour });
    } finally {
      await parser.close();
    }
  });
});

describe("recipients", () => {
  const customer = "jo@example.com";
  it.each([
    [["jo@example.com"], "customer"],
    [["Jo@Example.com"], "customer"],
    [["jo@example.com", "eve@example.org"], "other"],
    [["eve@example.org"], "other"],
    [["jo@example.com,eve@example.org"], "other"],
    [["Jo <jo@example.com>"], "other"],
    [["jo@example.com\nbcc: eve@example.org"], "other"],
    [["j\u043e@example.com"], "other"],
    [[], "other"],
  ])("24: %j is the %s", (to, recipients) => {
    expect(observed(facts({ tool: "email.notify" }), { mail: { to, customer, shipped: true } }).mail).toEqual({
      recipients,
      shipped: true,
    });
  });
});

describe("cases that give a command line or paths", () => {
  it("have its facts computed", () => {
    const read = parseCases(
      "x",
      "cases:\n  - { name: a, facts: { tool: shell.test }, command: git push -f, paths: [.env], expect: RED, rules: [] }\n",
    );
    if (read.kind === "unusable") expect.fail(read.problems.join());
    expect(read.cases[0]?.facts).toMatchObject({
      hazards: ["credentials.rotate", "git.force_push", "git.push_production"],
      shell: ["git"],
      touched: { paths: 1 },
    });
  });
});
