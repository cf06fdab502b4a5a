import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inherited, type ChildEnvironment } from "#platform/process";
import { credentialText, gitArguments, gitEnvironment, shellWord, type GitLease } from "../git.ts";

/** How one git command is started. */
export interface GitWay {
  /** Before the subcommand. */
  readonly args: readonly string[];
  readonly env: ChildEnvironment;
}

/**
 * One git operation over a lease: its credential helper, in a folder of its own, gone when `work` is through. The handle is in no
 * argument and in no environment: both can be read by whoever sees the process.
 */
export async function withGit<T>(lease: GitLease, work: (way: GitWay) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-git-"));
  try {
    const file = join(folder, "credential");
    await writeFile(file, credentialText(lease), { mode: 0o600, flag: "wx" });
    // git adds the word get, store or erase: nothing is stored, and nothing of ours erased.
    const helper = `!f() { test "$1" = get && cat ${shellWord(file)}; }; f`;
    return await work({
      args: gitArguments(lease, helper),
      env: { ...inherited("PATH"), ...gitEnvironment(folder) },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
