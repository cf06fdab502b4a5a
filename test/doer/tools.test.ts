// The tools as an execution runs them: a real lease broker and its proxy, the local GitHub, git over smart HTTP, and the sandbox.

import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { acts } from "#demo/world";
import { testDatabase } from "../support/database.ts";
import { githubLab } from "./support/github.ts";

const known = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const t = await testDatabase();
const { given, acme, app, lab, leases, run, git, root, bare } = await githubLab(t, async (git, seed, bare) => {
  mkdirSync(join(seed, "src"));
  writeFileSync(join(seed, "src/sum.js"), "export const sum = (a, b) => a - b;\n");
  writeFileSync(join(seed, "check.sh"), "grep -q 'a + b' src/sum.js\n");
  writeFileSync(join(seed, ".env"), "TOTAL=a - b\n");
  await git(seed, "add", ".");
  await git(seed, "commit", "--quiet", "-m", "first");
  await git(seed, "push", "--quiet", bare, "main");
  await git(seed, "checkout", "--quiet", "-b", "fix/sum");
  writeFileSync(join(seed, "src/sum.js"), "export const sum = (a, b) => a + b;\n");
  writeFileSync(join(seed, ".env"), "TOTAL=a + b\n");
  await git(seed, "commit", "--quiet", "-am", "fix");
  await git(seed, "push", "--quiet", bare, "fix/sum");
});

describe("X14 GitHub's API over a lease", () => {
  it("repo.read: files at one commit, marked as nobody's word", async () => {
    const outcome = await run("repo.read", { ref: null, paths: ["README.md", "no/such"] });
    expect(outcome).toMatchObject({
      kind: "done",
      result: { read: expect.arrayContaining([{ path: "no/such", kind: "absent" }]) },
    });
  });

  it("pr.comment: under the App's name, mentions call nobody, no line is a command", async () => {
    const outcome = await run("pr.comment", { pull_request: given.number, body: "@ann look\n/approve" });
    expect(outcome).toMatchObject({ kind: "done" });
    const comment = known(app.comments.at(-1)).body;
    expect(comment).not.toMatch(/@ann|^\/approve/m);
  });

  it("checks.read and logs.read: what checks say", async () => {
    expect(await run("checks.read", { ref: given.h2 })).toMatchObject({ kind: "done", result: { commit: given.h2 } });
    expect(await run("logs.read", { job: 999_999_999, contains: null, last: 10 })).toMatchObject({ kind: "refused" });
  });

  describe("logs.read: a job of GitHub Actions", () => {
    const ended = (log: string | null): number =>
      acts.endJob(given.world, {
        repo: "acme/app",
        sha: given.h2,
        name: "tests",
        conclusion: "failure",
        job: { steps: [{ name: "Set up", conclusion: "success" }, { name: "npm test with hunter2", conclusion: "failure" }], log }, // prettier-ignore
      });
    const args = { contains: null, last: 2 };

    it("its steps with how they ended, and the end of its log from another host, without credentials", async () => {
      const job = ended("one\n\u001b[31mPASSWORD=hunter2\u001b[0m\nnot ok\n");
      expect(await run("logs.read", { ...args, job })).toMatchObject({
        kind: "done",
        result: {
          of: "job",
          missing: null,
          whole: false,
          conclusion: "failure",
          steps: [{ number: 1, conclusion: "success" }, { number: 2, name: { untrusted: "log", text: "npm test with [secret]" }, conclusion: "failure" }],
          log: { untrusted: "log", text: "PASSWORD=[secret]\nnot ok" },
        },
      }); // prettier-ignore
      // No token of GitHub's, and no handle, went to the other host: it would have answered 400.
      expect(await run("logs.read", { job, contains: "not", last: 9 })).toMatchObject({ result: { log: { text: "not ok" } } }); // prettier-ignore
    });

    it("one whose log GitHub has removed: its steps, and that there is none", async () => {
      expect(await run("logs.read", { ...args, job: ended(null) })).toMatchObject({
        kind: "done",
        result: { of: "check", steps: [{}, {}], missing: expect.stringContaining("no log of this job") },
      });
    });

    it("where the App may not read Actions: what the check says, and why that is all", async () => {
      const [installation] = [...given.world.installations.values()];
      const { actions: _, ...fewer } = known(installation).permissions;
      const whole = known(installation).permissions;
      Object.assign(known(installation), { permissions: fewer });
      expect(await run("logs.read", { ...args, job: ended("x\n") })).toMatchObject({
        kind: "done",
        result: { of: "check", steps: [], missing: expect.stringContaining("could not be read") },
      });
      Object.assign(known(installation), { permissions: whole });
    });

    it("another App's check: what it has told GitHub", async () => {
      const job = acts.postCheckRun(given.world, { repo: "acme/app", sha: given.h2, app: given.appId, name: "scan", conclusion: "success" }); // prettier-ignore
      expect(await run("logs.read", { ...args, job })).toMatchObject({ result: { of: "check", steps: [], missing: expect.stringContaining("no job of GitHub Actions") } }); // prettier-ignore
    });
  });

  it("checks.read: of a branch with a slash in its name", async () => {
    acts.push(given.world, { repo: "acme/app", branch: "feature/x", by: "ann", files: { "x.txt": "x\n" } });
    const commit = app.branches.get("feature/x");
    expect(await run("checks.read", { ref: "feature/x" })).toMatchObject({ kind: "done", result: { commit } });
  });

  it("what GitHub does not know is a refusal that says what to do", async () => {
    expect(await run("repo.read", { ref: "no-such-branch", paths: ["README.md"] })).toMatchObject({
      kind: "refused",
      next: expect.stringContaining("branch"),
    });
  });
});

describe("X14 git over a lease, and the sandbox", () => {
  it("repo.search: path, line and text", async () => {
    expect(
      await run("repo.search", { ref: "main", pattern: "a - b", regex: false, paths: [], most: 10 }),
    ).toMatchObject({
      kind: "done",
      result: { more: false, matches: [{ path: "src/sum.js", line: 1, found: { untrusted: "file" } }] },
    });
    expect(
      await run("repo.search", { ref: "main", pattern: "nowhere", regex: false, paths: [], most: 10 }),
    ).toMatchObject({ kind: "done", result: { matches: [] } });
  });

  it("a file that holds credentials is in no search and no diff, and a pattern of git's is only a name", async () => {
    expect(await run("repo.search", { ref: "main", pattern: "TOTAL", regex: false, paths: [], most: 9 })).toMatchObject(
      {
        kind: "done",
        result: { matches: [] },
      },
    );
    for (const paths of [[], ["."], ["*.en?"], ["[.]env"]])
      expect(JSON.stringify(await run("repo.diff", { base: "main", head: "fix/sum", paths }))).not.toContain("TOTAL");
    expect(
      await run("repo.search", { ref: "main", pattern: "a - b", regex: false, paths: ["src/*"], most: 9 }),
    ).toMatchObject({ kind: "done", result: { matches: [] } });
    expect(
      await run("repo.search", { ref: "main", pattern: "a - b", regex: false, paths: ["src"], most: 9 }),
    ).toMatchObject({ kind: "done", result: { matches: [{ path: "src/sum.js" }] } });
  });

  it("repo.diff: from the last common commit, whole", async () => {
    expect(await run("repo.diff", { base: "main", head: "fix/sum", paths: [] })).toMatchObject({
      kind: "done",
      result: {
        whole: true,
        files: [{ path: ".env" }, { path: "src/sum.js", added: 1, removed: 1 }],
        diff: { text: expect.stringContaining("+export const sum = (a, b) => a + b;") },
      },
    });
  });

  it.each([
    ["main", 1],
    ["fix/sum", 0],
  ])("shell.test on %s: its status is %i, in a sandbox that is gone afterwards", async (ref, status) => {
    expect(await run("shell.test", { ref, command: "sh check.sh" })).toMatchObject({
      kind: "done",
      result: { status },
    });
  });

  it("INVARIANT 24 shell.test: bash runs what bash's grammar has read, and no other shell", async () => {
    const ran = (command: string) => run("shell.test", { ref: "main", command });
    expect(await ran('test -n "$BASH_VERSION" && shopt -q expand_aliases')).toMatchObject({ result: { status: 1, err: { text: "" } } }); // prettier-ignore
    expect(await ran("((cat check.sh))")).toMatchObject({ result: { status: 1, out: { text: "" } } });
  });

  describe("shell.test of a project with dependencies", () => {
    const LOCK =
      '{"name":"shop","lockfileVersion":3,"packages":{"":{"name":"shop"},"node_modules/adder":{"version":"1.0.0"}}}\n';
    const command = "node -p 'require(\"adder\")(1, 2)' && ! ( : > node_modules/adder/x ) 2>/dev/null";
    const cache = join(root, "dependencies");
    const dependencies = join(cache, createHash("sha256").update(LOCK).digest("hex"));
    const seeded = async (): Promise<void> => {
      const seed = join(root, "seed");
      await git(seed, "checkout", "--quiet", "-b", "with/lock", "main");
      writeFileSync(join(seed, "package-lock.json"), LOCK);
      await git(seed, "add", ".");
      await git(seed, "commit", "--quiet", "-m", "lock");
      await git(seed, "push", "--quiet", bare, "with/lock");
    };

    it("says which lock file nobody has filled a folder for, before that is taken for a failed test", async () => {
      await seeded();
      for (const folder of [null, cache])
        expect(await run("shell.test", { ref: "with/lock", command }, { dependencies: folder })).toMatchObject({
          kind: "done",
          result: { passed: false, dependencies: expect.stringContaining(dependencies.slice(-64)), missing: expect.stringContaining("not here") },
        }); // prettier-ignore
    });

    it("has them where a person has put them, read-only, and only for that lock file", async () => {
      mkdirSync(join(dependencies, "node_modules/adder"), { recursive: true });
      writeFileSync(join(dependencies, "node_modules/adder/index.js"), "module.exports = (a, b) => a + b;\n");
      await chmod(root, 0o755);
      expect(await run("shell.test", { ref: "with/lock", command }, { dependencies: cache })).toMatchObject({
        result: { passed: true, out: { text: "3\n" }, dependencies: expect.stringContaining("read-only"), missing: null },
      });
      expect(await run("shell.test", { ref: "main", command: "ls node_modules" }, { dependencies: cache })).toMatchObject({
        result: { passed: false, dependencies: expect.stringContaining("no package-lock.json") },
      });
    }); // prettier-ignore
  });

  it("a branch that is not there", async () => {
    expect(await run("repo.search", { ref: "nowhere", pattern: "x", regex: false, paths: [], most: 1 })).toMatchObject({
      kind: "refused",
      why: "The repository has no commit of that name.",
      next: expect.stringContaining("Name a branch, a tag or a commit"),
    });
  });

  it("every lease is over", async () => {
    expect(await leases.open(acme.id)).toEqual([]);
    expect(lab.faults).toEqual([]);
  });

  it("a repository that cannot be had: no name is at fault, and git's words are for the log", async () => {
    renameSync(bare, `${bare}.away`);
    const outcome = await run("repo.search", { ref: "main", pattern: "x", regex: false, paths: [], most: 1 });
    renameSync(`${bare}.away`, bare);
    expect(outcome).toMatchObject({
      kind: "refused",
      why: "The repository could not be fetched now.",
      next: expect.stringMatching(/^Ask again in a minute[^]*log, and asks `countersign doctor`/),
    });
    expect(lab.faults).toMatchObject([{ cause: { message: expect.stringMatching(/^git: fatal: .*not found/) } }]);
  });
});
