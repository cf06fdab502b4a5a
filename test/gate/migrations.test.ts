import { describe, expect, it } from "vitest";
import { digest, known, unknown } from "#kernel";
import { decide, effectivePolicy, report } from "#gate";
import type { Facts, MigrationFile, MigrationFinding } from "#gate";
import { ann, b0, file, MAIN, says } from "./baseline.ts";

const DIGEST = digest("d".repeat(64)) ?? expect.unreachable();
const PATH = "db/migrations/7.sql";
const drop: MigrationFinding = { line: 3, endLine: 4, level: "failure", text: "DROP TABLE: It is gone with its data." };
const index: MigrationFinding = { line: 9, endLine: 9, level: "warning", text: "CREATE INDEX: It stops every write." };

const read = (...findings: readonly MigrationFinding[]): MigrationFile => ({
  path: PATH,
  findings: known(findings),
  more: 0,
});

function facts(policy: string, migrations: readonly MigrationFile[] | null, path = PATH): Facts {
  const base = b0({ reviews: [says(ann)], files: [file(path)], config: policy });
  return migrations === null ? base : { ...base, migrations };
}
const STEP_UP = (when: string): string => `migrations:\n  step_up: ${when}\n`;

describe("findings in migration files inform; only the policy lets them ask for the button", () => {
  it.each<readonly [string, string, readonly MigrationFile[] | null, readonly string[]]>([
    ["a finding alone changes nothing", "", [read(drop)], ["approved"]],
    ["never, said out loud", STEP_UP("never"), [read(drop)], ["approved"]],
    ["failures ask", STEP_UP("failures"), [read(index, drop)], ["step_up_missing"]],
    ["warnings do not, where failures are asked for", STEP_UP("failures"), [read(index)], ["approved"]],
    ["warnings do, where findings are", STEP_UP("findings"), [read(index)], ["step_up_missing"]],
    ["nothing found asks for nothing", STEP_UP("findings"), [read()], ["approved"]],
    ["fail closed: a file that could not be read asks", STEP_UP("failures"), [{ path: PATH, findings: unknown("too large"), more: 0 }], ["step_up_missing"]],
    ["fail closed: a file that nobody read asks", STEP_UP("failures"), [], ["step_up_missing"]],
    ["fail closed: no loader, no answer", STEP_UP("failures"), null, ["step_up_missing"]],
    ["fail closed: findings beyond those that were kept ask", STEP_UP("failures"), [{ ...read(index), more: 1 }], ["step_up_missing"]],
    ["fail closed: another dialect is not read, which is no way around", `${STEP_UP("failures")}  dialect: other\n`, [{ path: PATH, findings: unknown("dialect"), more: 0 }], ["step_up_missing"]],
  ])("%s", (_, policy, migrations, reasons) => {
    expect(decide(facts(policy, migrations)).reasons).toEqual(reasons);
  }); // prettier-ignore

  it("a file that no pattern names is no migration, whatever was found in it", () => {
    const other = { ...read(drop), path: "src/x.sql" };
    expect(decide(facts(STEP_UP("findings"), [other], "src/x.sql")).reasons).toEqual(["approved"]);
  });

  it("a migration that was moved away is one still", () => {
    const moved = b0({ reviews: [says(ann)], files: [file("old/7.txt", PATH)], config: STEP_UP("failures") });
    expect(decide(moved).reasons).toEqual(["step_up_missing"]);
  });

  it("no finding turns what is missing into a pass", () => {
    const draft = facts("", [read()]);
    const verdict = decide({ ...draft, pullRequest: { ...draft.pullRequest, draft: true } });
    expect(verdict.decision).toBe("fail");
  });
});

describe("G3 the settings of all files are added up, and only ever raise", () => {
  const texts = (organization: string, base: string) =>
    effectivePolicy(
      { organization: known(organization), defaultBranch: known(base), base: known(base), codeowners: known(null) },
      { baseRef: MAIN, defaultBranch: MAIN },
    );
  it.each([
    ["never", "findings", "findings"],
    ["findings", "never", "findings"],
    ["failures", "never", "failures"],
  ])("organisation %s, repository %s: %s", (organization, base, stepUp) => {
    const result = texts(STEP_UP(organization), STEP_UP(base));
    expect(result.kind === "policy" && result.policy.migrations.stepUp).toBe(stepUp);
  });
  it("patterns are joined with the usual ones", () => {
    const result = texts('migrations:\n  match: ["sql/**"]\n', 'migrations:\n  match: ["ddl/*.sql"]\n');
    if (result.kind !== "policy") return expect.unreachable();
    const { matches } = result.policy.migrations;
    expect(["sql/a", "ddl/b.sql", "migrations/1.sql", "x/db/migrate/1.sql", "a.up.sql"].map(matches)).not.toContain(
      false,
    );
    expect(["src/a.sql", "migrations/readme.md"].map(matches)).not.toContain(true);
  });
  it.each(["migrations:\n  step_up: sometimes\n", "migrations:\n  ignore: [x]\n", "migrations:\n  major: 14\n", 'migrations:\n  match: ["[a]"]\n'])(
    "an error, with its line: %j", (text) => {
      const result = texts("", text);
      expect(result).toMatchObject({ kind: "invalid", problems: [{ code: "config_invalid", line: 2 }] });
    },
  ); // prettier-ignore
});

describe("annotations of the check run", () => {
  it("lie on the lines of the file, with a level each", () => {
    const { output, conclusion } = report(decide(facts("", [read(index, drop)])), DIGEST);
    expect(conclusion).toBe("success");
    expect(output.annotations).toEqual([
      { path: PATH, start_line: 3, end_line: 4, annotation_level: "failure", message: drop.text },
      { path: PATH, start_line: 9, end_line: 9, annotation_level: "warning", message: index.text },
    ]);
    expect(output.summary).toContain("Schema changes");
  });

  it("at most fifty, and what loses data does not hide behind what locks", () => {
    const many = Array.from({ length: 80 }, (_, i): MigrationFinding => ({ ...index, line: i + 1, endLine: i + 1 }));
    const { output } = report(decide(facts("", [read(...many, { ...drop, line: 500, endLine: 500 })])), DIGEST);
    expect(output.annotations).toHaveLength(50);
    expect(output.annotations[0]).toMatchObject({ start_line: 500, annotation_level: "failure" });
    expect(output.summary).toContain("1 lose data");
  });

  it("a path or a text that somebody chose brings no markup, no mention and no invisible character", () => {
    const path = "migrations/`x` @all ![i](http://e)\u001b[31m\u202e.sql";
    const nasty: MigrationFile = {
      path,
      findings: known([{ ...drop, text: "syntax \u001b[31m @ann\u202e <img> \n# Passed" }]),
      more: 0,
    };
    const { output } = report(decide(facts("", [nasty], path)), DIGEST);
    expect(output.annotations[0]?.message).toBe("syntax  [31m @ann  <img>  # Passed");
    const line = output.summary.split("\n").find((each) => each.includes("syntax")) ?? "";
    expect(line).not.toMatch(/[\u001b\u202e]|(?<!\\)<img|@ann/);
    expect(output.summary).not.toContain("\n# Passed");
  });

  it("what could not be looked at is said", () => {
    const unreadable: MigrationFile = { path: PATH, findings: unknown("it is not UTF-8"), more: 0 };
    const { output } = report(decide(facts("", [unreadable])), DIGEST);
    expect(output.summary).toContain("Nobody has looked at this file");
    expect(output.annotations).toEqual([]);
  });
});
