// The world's names of blobs, trees and commits are those that git itself gives.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { binary, executable, submodule, symbolicLink } from "#demo/world";
import { entryOf } from "../../../src/demo/world/model/entries.ts";
import { EMPTY } from "../../../src/demo/world/model/git.ts";
import { commitObject, oidOf, treeShaOf } from "../../../src/demo/world/model/objects.ts";
import { changed } from "../../../src/demo/world/model/trees.ts";
import { plainGit } from "./git.ts";

const { folder, git } = plainGit();
await git(["init", "--quiet", "--bare", "--initial-branch=main", "."]);

/** Each sorts differently as a file and as a folder. */
const part = fc.constantFrom("a", "a.b", "a-b", "a0", "ab", "A", "é", "a b", "~", "_", "日本");
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const text = fc.string({ unit: "binary" });
const kept = fc.oneof(
  text.filter((one) => !one.startsWith("\0")),
  text.map(executable),
  fc.uint8Array().map(binary),
  fc.string({ minLength: 1 }).map(symbolicLink),
  fc.stringMatching(/^[1-9a-f]{40}$/).map(submodule),
);
const trees = fc
  .array(fc.tuple(path, kept), { maxLength: 12 })
  .map((files) => files.reduce((tree, [at, what]) => changed(tree, { [at]: what }), EMPTY));

/** As `git add` and `git write-tree` would. */
async function writtenByGit(tree: ReadonlyMap<string, string>): Promise<{ names: readonly string[]; tree: string }> {
  const files = [...tree.values()].map((one, at) => {
    writeFileSync(join(folder, `file-${at}`), entryOf(one).bytes);
    return `file-${at}`;
  });
  const names = (await git(["hash-object", "-w", "--no-filters", "--stdin-paths"], { input: files.join("\n") }))
    .split("\n")
    .filter((name) => name !== "");
  const rows = [...tree].map(([at, one], index) => {
    const { mode, bytes } = entryOf(one);
    return `${mode} ${mode === "160000" ? bytes.toString() : names[index]}\t${at}\0`;
  });
  const env = { GIT_INDEX_FILE: join(folder, "drawn-index") };
  await git(["read-tree", "--empty"], { env });
  await git(["update-index", "-z", "--index-info"], { env, input: rows.join("") });
  return { names, tree: await git(["write-tree"], { env }) };
}

it("blobs and trees: links, executables, submodules, nested folders, names that sort oddly", async () => {
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      const theirs = await writtenByGit(tree);
      expect(treeShaOf(tree)).toBe(theirs.tree);
      for (const [at, one] of [...tree.values()].entries())
        if (entryOf(one).mode !== "160000") expect(oidOf(one)).toBe(theirs.names[at]);
    }),
    { numRuns: 40 },
  );
}, 120_000);

it("commits: parents, both signatures to the second, and the message as it is", async () => {
  const treeSha = await git(["hash-object", "-t", "tree", "-w", "--stdin"], { input: "" });
  const name = fc.constantFrom("Ann", "agent[bot]", "Zoë <of> Acme", "山田");
  const at = fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 });
  const who = fc.record({ name, email: fc.constantFrom("ann@example.com", "1+ann@users.noreply.github.com"), at });
  const message = fc.string({ unit: "grapheme" }).filter((one) => !one.includes("\0"));
  const parents: string[] = [];
  await fc.assert(
    fc.asyncProperty(who, who, message, async (author, committer, given) => {
      const env = {
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_AUTHOR_DATE: `@${Math.floor(author.at / 1000)} +0000`,
        GIT_COMMITTER_NAME: committer.name,
        GIT_COMMITTER_EMAIL: committer.email,
        GIT_COMMITTER_DATE: `@${Math.floor(committer.at / 1000)} +0000`,
      };
      const last = parents.slice(-2);
      const theirs = await git(["commit-tree", treeSha, ...last.flatMap((sha) => ["-p", sha])], { env, input: given });
      expect(commitObject({ treeSha, parents: last, author, committer, message: given }).oid).toBe(theirs);
      if (!parents.includes(theirs)) parents.push(theirs);
    }),
    { numRuns: 40 },
  );
}, 120_000);
