import { describe, expect, it } from "vitest";
import { acts } from "#demo/world";
import { checkAll, stage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

const BLOB = "GET /repos/{owner}/{repo}/git/blobs/{file_sha}";
const ANNOTATIONS = "GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations";

async function withMigration(files: Readonly<Record<string, string>>, policy = ""): Promise<Stage> {
  const s = await stage({ files: { "README.md": "x\n", "db/migrations/1.sql": "CREATE TABLE t ();\n", ".github/merge-gate.yml": policy } });
  acts.push(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files, message: "Change the schema" });
  await s.settle();
  s.clock.advance(60_000);
  return s;
} // prettier-ignore

const head = (s: Stage): string => s.world.repositories.values().next().value?.pulls.get(s.number)?.headSha ?? "";
const annotations = (s: Stage) =>
  s.check(head(s))?.output.annotations.map((each) => [each.path, each.start_line, each.annotation_level, each.message]);

describe("migration files of a pull request, from GitHub to the check run", () => {
  it("are read at the head and annotated; an approval later adds no second copy of them", async () => {
    const s = await withMigration({ "db/migrations/2.sql": "\nDROP TABLE t;\n", "src/x.sql": "DROP TABLE t;\n" });
    const found = [["db/migrations/2.sql", 2, "failure", "DROP TABLE: It is gone with its data."]];
    expect(annotations(s)).toEqual(found);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    expect(s.check(head(s))?.conclusion).toBe("success");
    expect(annotations(s)).toEqual(found);
    expect(s.world.journal.of(BLOB)).toHaveLength(1);
    expect(s.world.journal.of(ANNOTATIONS).length).toBeGreaterThan(0);
    await checkAll(s);
  });

  it("a migration that was there already is said to be, and one that is removed", async () => {
    const s = await withMigration({ "db/migrations/1.sql": "CREATE TABLE t (a int);\n" });
    expect(annotations(s)).toEqual([
      ["db/migrations/1.sql", 1, "warning", expect.stringContaining("is there already")],
    ]);
  });

  it("where the policy says so, the button is asked for", async () => {
    const s = await withMigration({ "db/migrations/2.sql": "DROP TABLE t;\n" }, "migrations:\n  step_up: failures\n");
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    expect(await s.reasons()).toEqual(["step_up_missing"]);
    expect(s.check(head(s))?.actions).toHaveLength(1);
  });

  it("fail closed: a file too large, or that GitHub does not show, asks for the button and says that nobody looked", async () => {
    const s = await withMigration({ "db/migrations/2.sql": `-- ${"x".repeat(600 * 1024)}\nDROP TABLE t;\n` }, "migrations:\n  step_up: failures\n");
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    expect(await s.reasons()).toEqual(["step_up_missing"]);
    expect(s.check(head(s))?.output.summary).toContain("larger than 512 KiB");
  }); // prettier-ignore

  it("an answer of GitHub that fails is no verdict's end: the findings are unknown, and read with the next decision", async () => {
    const s = await stage({ files: { "README.md": "x\n" } });
    s.world.faults.add(BLOB, { kind: "status", status: 403 });
    acts.push(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files: { "migrations/1.sql": "TRUNCATE t;\n" }, message: "m" });
    await s.settle();
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    expect(annotations(s)).toEqual([["migrations/1.sql", 1, "failure", "TRUNCATE: Every row is gone."]]);
  }); // prettier-ignore
});
