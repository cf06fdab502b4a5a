// The attacker is an agent that wants a commit on a branch which nobody is asked to look at, and a log that calls it refused: a proposal
// whose last step, the pull request, GitHub will not take.

import { describe, expect, it } from "vitest";
import { githubLab } from "../doer/support/github.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const { given, app, run } = await githubLab(t, async (git, seed, bare) => {
  await git(seed, "commit", "--quiet", "--allow-empty", "-m", "first");
  await git(seed, "push", "--quiet", bare, "main");
});
const proposed = (branch: string, base: string | null) =>
  run("repo.propose", {
    base,
    branch,
    title: "Say what it does",
    body: "It did not say.",
    changes: [{ kind: "write", path: "notes/what.md", content: "What it does.\n" }],
  });

describe("A1 what was pushed is not told as refused", () => {
  it.each([
    ["a commit", given.h2],
    ["a branch that is not there", "nobody/made-it"],
  ])("into %s goes no pull request, so nothing is pushed", async (_what, base) => {
    const before = [...app.branches];
    expect(await proposed("fix/quiet", base)).toMatchObject({ kind: "refused", next: expect.stringContaining("base") });
    expect([...app.branches]).toEqual(before);
  });

  it("where GitHub takes the commit and then no pull request, the commit is named, and it is a failure", async () => {
    given.world.faults.add("POST /repos/{owner}/{repo}/pulls", {
      kind: "status",
      status: 422,
      message: "Draft pull requests are not supported",
    });
    const outcome = await proposed("fix/no-draft", null);
    expect(outcome).toMatchObject({
      kind: "failed",
      why: expect.stringContaining(app.branches.get("fix/no-draft") ?? "?"),
    });
  });
});
