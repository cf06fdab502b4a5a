// A repository's commits on our disk, for the sandbox alone: fetched over the lease, never checked out here, and gone with the work.

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitSha, type CommitSha } from "#kernel";
import { withGit } from "#leases/io";
import type { SandboxBudget, SandboxOutcome } from "#sandbox";
import { readProgram } from "#platform/process";
import { cut } from "../../cut.ts";
import { Unable, type Bench, type HeldLease } from "../../work.ts";
import { repositoryOf } from "./api.ts";

export interface Checkout {
  /** Runs a program in the sandbox; the repository is there, read-only, as GIT_DIR says. */
  run(command: readonly [string, ...string[]], budget: SandboxBudget, more?: More): Promise<SandboxOutcome>;
  /** The commit that a fetched name was at, in the order they were asked for. */
  readonly commits: readonly string[];
}
interface More {
  readonly mounts?: readonly { readonly from: string; readonly at: string }[];
  readonly environment?: Readonly<Record<string, string>>;
}

const INSIDE = "/in/repository";
/** Root's sandbox is another user, who has to be able to read it; the folder's name is known to nobody else. */
const OPEN_TO_ALL = 0o755;
const NAME = /^[A-Za-z0-9._/-]+$/;

/**
 * `names`: branches, tags, commits, or refs in full. `depth`: how many commits back, 0 for all of them.
 * INVARIANT: git runs here for the network alone, on packs that it checks: no hook, no filter, no submodule, no file is written out.
 */
export async function withCheckout<T>(
  bench: Bench,
  { names, host, depth }: { readonly names: readonly string[]; readonly host: string; readonly depth: number },
  work: (checkout: Checkout) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-checkout-"));
  try {
    const commits = await fetched(bench, folder, { names, host, depth });
    if (process.getuid?.() === 0) await chmod(folder, OPEN_TO_ALL);
    return await work({ commits, run: (command, budget, more) => inside(bench, folder, command, budget, more) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const inside = (
  bench: Bench,
  folder: string,
  command: readonly [string, ...string[]],
  budget: SandboxBudget,
  { mounts = [], environment = {} }: More = {},
): Promise<SandboxOutcome> =>
  bench.sandbox({
    command,
    environment: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOME: "/work",
      LC_ALL: "C.UTF-8",
      GIT_DIR: INSIDE,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      // The repository is another user's, inside; and what its files say about diffs and filters is nobody's wish.
      GIT_CONFIG_COUNT: "3",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
      GIT_CONFIG_KEY_1: "core.attributesFile",
      GIT_CONFIG_VALUE_1: "/dev/null",
      GIT_CONFIG_KEY_2: "core.quotePath",
      GIT_CONFIG_VALUE_2: "false",
      ...environment,
    },
    mounts: [{ from: folder, at: INSIDE }, ...mounts],
    budget,
  });

interface Wanted {
  readonly names: readonly string[];
  readonly host: string;
  readonly depth: number;
}

async function fetched(bench: Bench, folder: string, wanted: Wanted): Promise<readonly CommitSha[]> {
  const repository = repositoryOf(bench);
  const scope = {
    kind: "github",
    installation: repository.installation,
    repositories: [repository.id],
    permissions: { contents: "read" },
  } as const;
  return bench.lease(scope, async (held) => {
    const git = gitFor(bench, folder, held, wanted.host);
    await git(["init", "--quiet", "--bare", "--initial-branch=main", folder]);
    const url = `${wanted.host}/${repository.name}.git`;
    const depth = wanted.depth === 0 ? [] : [`--depth=${wanted.depth}`];
    const specs = wanted.names.map((name, at) => `+${named(name)}:refs/countersign/${at}`);
    await git([
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-recurse-submodules",
      "--no-write-fetch-head",
      ...depth,
      url,
      ...specs,
    ]);
    const commits: CommitSha[] = [];
    for (const at of wanted.names.keys())
      commits.push(shaIn(await git(["rev-parse", "--verify", `refs/countersign/${at}^{commit}`])));
    return commits;
  });
}

/** As the host knows it: a commit by its id, `refs/...` in full, anything else a branch or a tag, which git finds. */
function named(name: string): string {
  if (!NAME.test(name))
    throw new Unable("That is no name of a branch, a tag or a commit.", "Name one of the repository's.");
  return name;
}

function shaIn(text: string): CommitSha {
  const sha = commitSha(text.trim());
  if (sha === null) throw new Unable("That names no commit.", "Name a branch, a tag or a commit.");
  return sha;
}

const gitFor =
  ({ signal }: Bench, folder: string, { proxy, handle }: HeldLease, host: string) =>
  (args: readonly string[]): Promise<string> => {
    if (proxy === null) throw new Unable("The lease broker has no way to GitHub.", "Ask a person to connect the App.");
    return withGit({ proxy, handle, host }, async (way) => {
      const read = await readProgram(
        {
          program: "git",
          args: [
            ...way.args,
            "-c",
            "transfer.fsckObjects=true",
            "-c",
            "gc.auto=0",
            "-c",
            "maintenance.auto=false",
            ...args,
          ],
          env: { ...way.env, GIT_DIR: folder },
        },
        { cwd: folder, signal, maxBuffer: 1024 * 1024 },
      );
      if (read.kind === "ended") return read.out.toString("utf8");
      signal.throwIfAborted();
      throw notFetched(read.error);
    });
  };

const NO_SUCH_NAME = /couldn't find remote ref|not our ref|no such ref|unadvertised object|needed a single revision/i;

/** git's own words hold addresses of ours: they are for the log. */
function notFetched(error: string): Unable {
  if (NO_SUCH_NAME.test(error))
    return new Unable(
      "The repository has no commit of that name.",
      "Name a branch, a tag or a commit of the repository.",
    );
  return new Unable(
    "The repository could not be fetched now.",
    "Ask again in a minute. If it stays so, a person looks at the server's log, and asks `countersign doctor`.",
    new Error(`git: ${error}`),
  );
}

/** As they are written: in a pathspec of git's, a star or a colon would name other files than the rules have looked at. */
export const literally = (paths: readonly string[]): readonly string[] =>
  paths.filter((path) => path !== ".").map((path) => `:(literal)${path}`);

/** What it wrote, or why there is nothing. */
export function outputOf(outcome: SandboxOutcome, statuses: readonly number[] = [0]): string {
  switch (outcome.kind) {
    case "ended":
      if (statuses.includes(outcome.status)) return new TextDecoder("utf-8").decode(outcome.out);
      throw new Unable(
        `It ended with status ${outcome.status}: ${cut(new TextDecoder("utf-8").decode(outcome.err), 300)}`,
        "Change the call.",
      );
    case "over_budget":
      throw new Unable(`It was ended: over its budget of ${outcome.of}.`, "Ask for less.");
    case "killed":
      throw new Unable("It was stopped.", "Wait until a person has switched it on again.");
    case "refused":
      throw new Unable(outcome.why, "A person has to put the sandbox right: countersign doctor");
  }
}
