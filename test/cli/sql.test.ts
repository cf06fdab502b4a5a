import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

function countersign(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "run.ts"), "sql", ...args],
    { input, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

describe("countersign sql check", () => {
  it("0: allowed, said in a line", () => {
    expect(countersign(["check"], "SELECT 1")).toEqual({
      status: 0,
      stdout: "ALLOW  A SELECT that only reads.\n",
      stderr: "",
    });
  });

  it("1: denied, with each place underlined", () => {
    const { status, stdout } = countersign(["check", "-"], "SELECT 1,\n  pg_sleep(1) FROM t FOR UPDATE");
    expect(status).toBe(1);
    expect(stdout).toContain("DENY  2 reasons.");
    expect(stdout).toContain(
      "  2:3  pg_sleep  (function.effect)\n    |   pg_sleep(1) FROM t FOR UPDATE\n    |   ^^^^^^^^\n",
    );
    expect(stdout).toContain("  2:22  FOR UPDATE  (statement.locks)");
  });

  it("one line of JSON for a program", () => {
    const { status, stdout } = countersign(["check", "--json", "--major", "15"], "DROP TABLE t");
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: "deny",
      violations: [{ rule: "statement.kind", at: { line: 1, column: 1, length: 4 }, text: "DROP" }],
    });
  });

  it.each([
    ["the statement itself, in quotes", ["check", "SELECT 1"], "", 0],
    ["another name of the dialect and the version", ["check", "--dialect", "postgresql", "--server-version", "15", "-"], "SELECT 1", 0],
    ["a hostile one in quotes", ["check", "DROP TABLE t"], "", 1],
  ] as const)("%s", (_sentence, args, input, status) => {
    expect(countersign([...args], input).status).toBe(status);
  }); // prettier-ignore

  it("with --json, lines are found out, and each may be of another dialect; one of none is answered, too", () => {
    const lines = [
      { id: 1, dialect: "postgresql", sql: "SELECT 1" },
      { id: 2, dialect: "mariadb", sql: "SELECT `a` FROM t" },
      { id: 3, sql: "SELECT `a` FROM t" },
      { id: 4, dialect: "oracle", sql: "SELECT 1 FROM dual" },
    ];
    const { status, stdout, stderr } = countersign(
      ["check", "--json", "-"],
      lines.map((line) => JSON.stringify(line)).join("\n"),
    );
    const answers = stdout.trimEnd().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
    expect(answers).toMatchObject([
      { id: 1, verdict: "allow" },
      { id: 2, verdict: "allow" },
      { id: 3, verdict: "deny" },
      { id: 4, verdict: "deny" },
    ]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining("oracle") });
  });

  it("many statements, an answer on each line, in order", () => {
    const input = `{"id":"a","sql":"SELECT 1"}\n{"id":2,"sql":"DELETE FROM t"}\n`;
    const { status, stdout } = countersign(["check", "--lines"], input);
    expect(status).toBe(1);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { id: "a", verdict: "allow" },
      { id: 2, verdict: "deny" },
    ]);
  });

  it("the dialect decides what the text is", () => {
    const text = "SELECT `a` FROM t LIMIT 1, 2 -- x";
    expect(countersign(["check"], text).status).toBe(1);
    expect(countersign(["check", "--dialect", "mariadb"], text).status).toBe(0);
    const denied = countersign(["check", "--dialect", "mysql", "--json"], "SELECT 1 INTO OUTFILE '/tmp/x'");
    expect(JSON.parse(denied.stdout)).toMatchObject({
      violations: [{ rule: "statement.into", at: { line: 1, column: 10, length: 12 } }],
    });
  });

  it("a migration's findings, as lines and as annotations", () => {
    const file = join(mkdtempSync(join(tmpdir(), "countersign-migration-")), "0001.sql");
    writeFileSync(file, "CREATE TABLE t (a int);\nDROP TABLE u;\n");
    expect(countersign(["migration", file])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(":2  DROP TABLE: "),
    });
    expect(JSON.parse(countersign(["migration", "--json", file]).stdout)).toEqual([
      {
        path: file,
        start_line: 2,
        end_line: 2,
        annotation_level: "failure",
        message: "DROP TABLE: It is gone with its data.",
      },
    ]);
    writeFileSync(file, "CREATE TABLE t (a int);\n");
    expect(countersign(["migration", file])).toMatchObject({ status: 0, stdout: "Nothing to look at.\n" });
    rmSync(dirname(file), { recursive: true });
  });

  it("no escape sequence of the statement reaches the terminal", () => {
    expect(countersign(["check"], "SELECT 1 \u001b[2J").stdout).not.toContain("\u001b");
  });

  it.each([
    ["another dialect", ["check", "--dialect", "oracle"], "oracle"],
    ["another version of another dialect", ["check", "--dialect", "mysql", "--major", "5.7"], "MySQL 5.7"],
    ["SQLite without a file", ["check", "--dialect", "sqlite"], "--database"],
    ["a connection without its client", ["check", "--database", "DATABASE_URL"], "--client acme"],
    ["a client without its connection", ["check", "--client", "acme"], "--database DATABASE_URL"],
    ["another version", ["check", "--major", "14"], "14"],
    ["a file that is not there", ["check", "/nothing/here.sql"], "no such file"],
    ["a line that is no request", ["check", "--lines"], "Line 1"],
    ["wrong usage", ["check", "--nonsense"], "unknown option"],
  ])("2: %s is no answer", (_, args, message) => {
    const { status, stdout, stderr } = countersign(args, "{}");
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });
});
