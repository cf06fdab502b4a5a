// The attacker is whoever can have a commit in the repository, by a pull request from a fork for example: a link with a harmless name, to a
// file that no agent may read. GitHub answers a link with what it leads to.

import { describe, expect, it } from "vitest";
import { acts, submodule, symbolicLink } from "#demo/world";
import { githubLab } from "../doer/support/github.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const { given, run } = await githubLab(t, async (git, seed, bare) => {
  await git(seed, "commit", "--quiet", "--allow-empty", "-m", "first");
  await git(seed, "push", "--quiet", bare, "main");
});
const KEPT = "DATABASE_URL=postgres://shop:kept-by-people@db/shop\n";
acts.push(given.world, {
  repo: "acme/app",
  branch: "notes",
  by: "ann",
  files: {
    ".env": KEPT,
    "config/secrets.yml": KEPT,
    "docs/real.md": "Real.\n",
    "notes.md": symbolicLink(".env"),
    "docs/notes.md": symbolicLink("../config/secrets.yml"),
    "docs/again.md": symbolicLink("notes.md"),
    "docs/outside.md": symbolicLink("../../../etc/passwd"),
    guide: symbolicLink("docs"),
    "vendor/lib": submodule("c".repeat(40)),
  },
});
const read = (...paths: readonly string[]) => run("repo.read", { ref: "notes", paths: [...paths] });
const is = (path: string, kind: string) => ({ kind: "done", result: { read: [{ path, kind }] } });

describe("24 a credential is read under no other name", () => {
  it.each(["notes.md", "docs/notes.md", "docs/again.md", "docs/outside.md"])("%s is named as a link", async (path) => {
    const answer = await read(path);
    expect(answer).toMatchObject(is(path, "symlink"));
    expect(JSON.stringify(answer)).not.toContain("kept-by-people");
  });

  it("nothing lies below a link, and a submodule is named as one", async () => {
    expect(await read("guide/real.md")).toMatchObject(is("guide/real.md", "absent"));
    expect(await read("vendor/lib")).toMatchObject(is("vendor/lib", "submodule"));
  });

  it("and what is a file, or a folder, is read as before", async () => {
    expect(await read("docs/real.md", "docs/none.md", "none/none.md")).toMatchObject({
      kind: "done",
      result: { read: [{ kind: "text", content: { text: "Real.\n" } }, { kind: "absent" }, { kind: "absent" }] },
    });
  });
});
