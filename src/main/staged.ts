// What the next commit would publish. The index is read, not the folder: what is staged may differ from what lies there.

import { createScrubber } from "#platform/log";
import { inherited, readProgram } from "#platform/process";
import { refused, type Refused } from "./refused.ts";

const MOST_BYTES = 4 * 1024 * 1024;

async function git(...args: readonly string[]): Promise<Buffer> {
  // As a hook it must see the index that git is about to commit, which is not always the repository's own.
  const env = inherited("PATH", "HOME", "XDG_CONFIG_HOME", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE");
  const read = await readProgram({ program: "git", args, env }, { maxBuffer: 64 * 1024 * 1024 });
  if (read.kind === "failed") throw read.cause;
  return read.out;
}

/** Clients' folders are ignored as a whole, so that offboarding leaves nothing in any history. */
const OF_A_CLIENT = /^clients\/(?!example\/)/;

export async function checkStaged(): Promise<
  Refused | { readonly kind: "staged"; readonly files: number; readonly problems: readonly string[] }
> {
  let names: readonly string[];
  try {
    names = (await git("diff", "--cached", "--name-only", "--diff-filter=d", "-z"))
      .toString("utf8")
      .split("\0")
      .filter(Boolean);
  } catch {
    return refused("This is no git repository. Run the check where you commit.");
  }
  const scrub = createScrubber([]);
  const problems: string[] = [];
  for (const name of names) {
    const path = JSON.stringify(name);
    if (OF_A_CLIENT.test(name))
      problems.push(`${path} belongs to a client and must not be committed: git rm --cached ${path}`);
    const size = Number((await git("cat-file", "-s", `:${name}`)).toString());
    if (size > MOST_BYTES) continue;
    const lines = (await git("cat-file", "blob", `:${name}`)).toString("utf8").split("\n");
    for (const [at, line] of lines.entries())
      if (scrub(line) !== line)
        problems.push(
          `${path}, line ${at + 1}: this looks like a credential. Take it out, and change it where it comes from.`,
        );
  }
  return { kind: "staged", files: names.length, problems };
}
