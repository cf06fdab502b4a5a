// What the next commit would publish. The index is read, not the folder: what is staged may differ from what lies there.

import { inherited, readProgram } from "#platform/process";
import { isOfAClient, MOST_BYTES, suspiciousLines } from "./commit-check.ts";
import { refused, type Refused } from "./refused.ts";

async function git(...args: readonly string[]): Promise<Buffer> {
  // As a hook it must see the index that git is about to commit, which is not always the repository's own.
  const env = inherited("PATH", "HOME", "XDG_CONFIG_HOME", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE");
  const read = await readProgram({ program: "git", args, env }, { maxBuffer: 64 * 1024 * 1024 });
  if (read.kind === "failed") throw read.cause;
  return read.out;
}

/** `unread`: how many are too large to be looked at. */
export async function checkStaged(): Promise<
  | Refused
  | {
      readonly kind: "staged";
      readonly files: number;
      readonly unread: number;
      readonly problems: readonly string[];
    }
> {
  let names: readonly string[];
  try {
    names = (await git("diff", "--cached", "--name-only", "--no-renames", "--diff-filter=d", "-z"))
      .toString("utf8")
      .split("\0")
      .filter(Boolean);
  } catch {
    return refused("This is no git repository. Run the check where you commit.");
  }
  const problems: string[] = [];
  let unread = 0;
  for (const name of names) {
    const path = JSON.stringify(name);
    if (isOfAClient(name))
      problems.push(`${path} belongs to a client and must not be committed: git rm --cached ${path}`);
    const size = await sizeOf(name);
    if (size === null) continue;
    if (size > MOST_BYTES) {
      unread += 1;
      continue;
    }
    const text = (await git("cat-file", "blob", `:${name}`)).toString("utf8");
    for (const { line, why } of suspiciousLines(name, text))
      problems.push(`${path}, line ${line}: ${why}. Take it out, and change it where it comes from.`);
  }
  return { kind: "staged", files: names.length, unread, problems };
}

/** null: no file, but another repository's commit (a submodule). */
async function sizeOf(name: string): Promise<number | null> {
  const [entry = ""] = (await git("ls-files", "--stage", "-z", "--", `:(top,literal)${name}`))
    .toString("utf8")
    .split("\0");
  return entry.startsWith("160000") ? null : Number((await git("cat-file", "-s", `:${name}`)).toString());
}
