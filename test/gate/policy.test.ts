import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { branchName, known, unknown } from "#kernel";
import type { BranchName } from "#kernel";
import { effectivePolicy } from "#gate";
import type { EffectivePolicy, FileText, Note } from "#gate";

function branch(name: string): BranchName {
  const b = branchName(name);
  if (b === null) throw new Error(`not a branch: ${name}`);
  return b;
}
const repo = { baseRef: branch("main"), defaultBranch: branch("main") };

interface Texts {
  readonly org?: string | null;
  readonly default?: string | null;
  readonly base?: string | null;
  readonly owners?: string | null;
}
function result(texts: Texts) {
  return effectivePolicy(
    {
      organization: known(texts.org ?? null),
      defaultBranch: known(texts.default ?? null),
      base: known(texts.base ?? null),
      codeowners: known(texts.owners ?? null),
    },
    repo,
  );
}
function policy(texts: Texts): EffectivePolicy {
  const r = result(texts);
  if (r.kind !== "policy") throw new Error(JSON.stringify(r));
  return r.policy;
}
function problems(texts: Texts): readonly Note[] {
  const r = result(texts);
  return r.kind === "invalid" ? r.problems : [];
}

describe("G3: what the files add up to is never less than the floor", () => {
  test("D12 no file anywhere: the built-in floor", () => {
    expect(policy({})).toMatchObject({
      minApprovals: 1,
      reviewDwellMs: 0,
      paths: [],
      codeowners: null,
      policyOwners: [],
      mergeMethod: "squash",
      warnings: [],
    });
  });
  test.each(["", "# nothing but a comment\n", "---\n", "version: 1\n", "{}"])(
    "an empty file (%j) is the floor too: every key is optional",
    (base) => {
      expect(policy({ base }).minApprovals).toBe(1);
    },
  );
  test("D10 min_approvals 0 is clamped to 1, with a warning that names the line", () => {
    const p = policy({ base: "version: 1\nmin_approvals: 0\n" });
    expect(p.minApprovals).toBe(1);
    expect(p.warnings).toEqual([
      expect.objectContaining({ code: "floor_clamped", path: ".github/merge-gate.yml", line: 2 }),
    ]);
  });
  test("a negative number is clamped like 0, in a path rule too", () => {
    const p = policy({ base: "min_approvals: -7\npaths: [{match: [a], min_approvals: -1}]" });
    expect([p.minApprovals, p.paths[0]?.minApprovals, p.warnings.length]).toEqual([1, 1, 2]);
  });
  test("the organisation raises, the repository only raises further", () => {
    const p = policy({
      org: "min_approvals: 2\nreview_dwell_seconds: 30\npaths: [{match: [a], min_approvals: 3}]\nmerge_method: merge",
      default: "min_approvals: 1\nreview_dwell_seconds: 90",
      base: "min_approvals: 1\npaths: [{match: [b], step_up: true}]\nmerge_method: rebase",
    });
    expect(p).toMatchObject({ minApprovals: 2, reviewDwellMs: 90_000, mergeMethod: "rebase" });
    expect(p.paths.map((r) => [r.match, r.minApprovals, r.stepUp])).toEqual([
      [["a"], 3, false],
      [["b"], 1, true],
    ]);
  });
  test("the merge method of the organisation holds where the repository names none", () => {
    expect(policy({ org: "merge_method: merge", base: "min_approvals: 2" }).mergeMethod).toBe("merge");
  });
  test("CODEOWNERS is required as soon as one file says so", () => {
    expect(policy({ org: "codeowners: required", owners: "* @ann" }).codeowners?.ownersOf("x")).toEqual([
      { kind: "user", login: "ann" },
    ]);
  });
  test("CODEOWNERS that is not required is not parsed: its mistakes block nobody", () => {
    expect(policy({ owners: "[ broken" }).codeowners).toBeNull();
  });
  test.each([
    ["the organisation's list stands alone", { org: "policy_owners: [acme/platform]" }, ["acme/platform"]],
    [
      "the repository narrows it to what both name",
      { org: "policy_owners: [acme/platform, acme/sec]", base: "policy_owners: [acme/sec, acme/dev]" },
      ["acme/sec"],
    ],
    [
      "the repository cannot put its own team in place of it",
      { org: "policy_owners: [acme/platform]", base: "policy_owners: [acme/dev]" },
      ["acme/platform"],
    ],
    ["the repository's list, where the organisation has none", { base: "policy_owners: ['@Acme/Dev']" }, ["acme/dev"]],
  ])("policy owners: %s", (_, texts, owners) => {
    expect(policy(texts).policyOwners).toEqual(owners);
  });
  test("production branches are the union of the default branch and every list", () => {
    const p = policy({
      org: "production_branches: [live]",
      default: "production_branches: ['release/*']",
      base: "production_branches: [refs/heads/stable]",
    });
    expect(["main", "live", "release/1.0", "stable"].map((b) => p.isProduction(branch(b)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["dev", "release", "release/1/2", "live2", "Main"].map((b) => p.isProduction(branch(b)))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
  test("a file cannot declare the default branch free", () => {
    expect(policy({ base: "production_branches: []" }).isProduction(branch("main"))).toBe(true);
  });
  test("property: no value of any setting lowers a floor", () => {
    const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, "0", null, true, "none"));
    fc.assert(
      fc.property(number, number, number, (org, base, rule) => {
        const json = (v: unknown) => JSON.stringify(v) ?? "null";
        const r = result({
          org: `min_approvals: ${json(org)}`,
          base: `min_approvals: ${json(base)}\npaths: [{match: ["**"], min_approvals: ${json(rule)}}]`,
        });
        if (r.kind !== "policy") return true;
        return (
          r.policy.minApprovals >= 1 &&
          r.policy.reviewDwellMs >= 0 &&
          r.policy.paths.every((p) => p.minApprovals >= 1) &&
          r.policy.isProduction(branch("main"))
        );
      }),
    );
  });
  test("property: adding the repository's file never asks for less than the organisation's alone", () => {
    const file = fc
      .record({ min: fc.integer({ min: -2, max: 5 }), dwell: fc.integer({ min: 0, max: 99 }) })
      .map((f) => `min_approvals: ${f.min}\nreview_dwell_seconds: ${f.dwell}`);
    fc.assert(
      fc.property(file, file, (org, base) => {
        const alone = policy({ org });
        const both = policy({ org, base });
        return both.minApprovals >= alone.minApprovals && both.reviewDwellMs >= alone.reviewDwellMs;
      }),
    );
  });
});

describe("D13 a file that cannot be read or understood is an error, never `no file`", () => {
  const unread: FileText = unknown("502");
  test.each(["organization", "defaultBranch", "base", "codeowners"] as const)("%s not read: unreadable", (key) => {
    const texts = {
      organization: known(null),
      defaultBranch: known(null),
      base: known(null),
      codeowners: known(null),
      [key]: unread,
    };
    expect(effectivePolicy(texts, repo)).toMatchObject({ kind: "unreadable", why: expect.stringContaining("502") });
  });
  test.each([
    ["an unknown key", "min_aprovals: 2", 1],
    ["an unknown key deep inside", "paths:\n  - match: [a]\n    team: [acme/x]", 3],
    ["a version that is not 1", "version: 2", 1],
    ["a version as text", "version: '1'", 1],
    ["text for a number", "min_approvals: '2'", 1],
    ["a fraction", "min_approvals: 1.5", 1],
    ["NaN", "min_approvals: .nan", 1],
    ["infinity", "min_approvals: .inf", 1],
    ["a key without value", "min_approvals:", 1],
    ["a negative dwell", "review_dwell_seconds: -1", 1],
    ["a list at the top", "- min_approvals: 2", 1],
    ["a word at the top", "strict", 1],
    ["codeowners: optional", "codeowners: optional", 1],
    ["an unknown merge method", "version: 1\nmerge_method: fast-forward", 2],
    ["a team without organisation", "version: 1\npolicy_owners:\n  - platform", 3],
    ["a rule that matches nothing", "paths: [{match: []}]", 1],
    ["a rule without match", "paths:\n  - teams: [acme/pay]", 2],
    ["an empty pattern", "paths: [{match: ['']}]", 1],
    ["a negated pattern", "paths: [{match: ['!docs/**']}]", 1],
    ["braces, which would silently match nothing", "paths: [{match: ['{a,b}/**']}]", 1],
    ["a range", "production_branches: ['release/[0-9]']", 1],
    ["a duplicate key", "min_approvals: 2\nmin_approvals: 1", 2],
    ["a tab as indentation", "paths:\n\t- match: [a]", 2],
    ["two documents", "min_approvals: 2\n---\nmin_approvals: 1", 2],
    ["a custom tag", "min_approvals: !!js/function 'x'", 1],
    ["a merge key", "<<: {min_approvals: 2}", 1],
    ["an older YAML", "%YAML 1.1\n---\nmin_approvals: 2", 1],
    ["an alias to nothing", "version: 1\nmin_approvals: *two", 2],
    ["__proto__", "__proto__: {min_approvals: 2}", 1],
    ["a control character", "version: 1\nmin_approvals: 1\u0000", 2],
  ])("%s", (_, base, line) => {
    expect(problems({ base })).toContainEqual(
      expect.objectContaining({ code: "config_invalid", path: ".github/merge-gate.yml", line }),
    );
  });
  test("a file over 64 KiB", () => {
    expect(problems({ base: `# ${"x".repeat(70_000)}` })).toHaveLength(1);
  });
  test("ten aliases are read, the eleventh is an error", () => {
    const rules = (n: number) => `min_approvals: &n 2\npaths:\n${"  - {match: [a], min_approvals: *n}\n".repeat(n)}`;
    expect(policy({ base: rules(10) }).paths).toHaveLength(10);
    expect(problems({ base: rules(11) })).toEqual([expect.objectContaining({ line: 13 })]);
  });
  test("an alias bomb is refused at once", () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(",")}]`);
    expect(problems({ base: `l0: &l0 [x]\n${levels.join("\n")}` }).length).toBeGreaterThan(0);
  });
  test.each(["[", "{a: ", "- "])("%j nested without end is refused, and ends", (opening) => {
    expect(problems({ base: opening.repeat(60_000 / opening.length) }).length).toBeGreaterThan(0);
  });
  test("a value that contains itself is refused", () => {
    expect(problems({ base: "paths: &p [*p]" }).length).toBeGreaterThan(0);
  });
  test("every problem at once, each with its line, of both files", () => {
    const found = problems({ org: "foo: 1", base: "version: 3\nbar: 1\nmin_approvals: x" });
    expect(found.map((p) => [p.path, p.line])).toEqual(
      expect.arrayContaining([
        ["(organisation) merge-gate.yml", 1],
        [".github/merge-gate.yml", 1],
        [".github/merge-gate.yml", 2],
        [".github/merge-gate.yml", 3],
      ]),
    );
  });
  test("a problem in the same text on both branches is told once", () => {
    expect(problems({ default: "foo: 1", base: "foo: 1" })).toHaveLength(1);
  });
  test("codeowners required and no CODEOWNERS file: an error, since nobody would be asked", () => {
    expect(problems({ base: "codeowners: required" })).toEqual([
      expect.objectContaining({ code: "codeowners_invalid" }),
    ]);
  });
  test("D15 a bad line of a required CODEOWNERS is an error with its line", () => {
    expect(problems({ base: "codeowners: required", owners: "* @ann\n/billing/ pay-team\n" })).toEqual([
      expect.objectContaining({ code: "codeowners_invalid", path: "CODEOWNERS", line: 2 }),
    ]);
  });
});
