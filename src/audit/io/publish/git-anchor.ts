// A copy in a git repository (AUDIT_ANCHOR_GIT): the checkpoint, committed and pushed. Its history is what others have
// cloned, so nothing here ever forces a push: when the remote has another history, a person must look.

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "#kernel";
import { parseCheckpoint, parseNote } from "#verifier";
import { readIfThere } from "../durable-file.ts";
import type { RoleDatabase } from "#platform/postgres";
import { readProgram } from "#platform/process";
import { cosignedCheckpoint } from "./epoch-copy.ts";
import { keepAnchored, lastAnchored, newestCheckpoint } from "./records.ts";

export interface GitAnchorParts {
  readonly database: RoleDatabase<"sequencer">;
  /** What `git clone` takes: a path or a URL. */
  readonly remote: string;
  /** Where the clone is kept. It can be deleted: it is made again. */
  readonly workDirectory: string;
  readonly branch: string;
  /** PATH and HOME, and what authentication needs (SSH_AUTH_SOCK, GIT_SSH_COMMAND); nothing else of our environment. */
  readonly env: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;
const AUTHOR = ["-c", "user.name=Countersign", "-c", "user.email=countersign@localhost"];
/** A repository that somebody else may write to must not run anything here, and a link in it must not lead us elsewhere. */
const SAFE = [
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "core.symlinks=false",
  "-c",
  "protocol.ext.allow=never",
  "-c",
  "commit.gpgSign=false",
  "-c",
  "gc.auto=0",
];

/** Resolves to the epoch that was pushed; null: nothing new. Rejects when git or the remote refuses, and is tried again. */
export function createGitAnchor(parts: GitAnchorParts) {
  const { database, workDirectory, branch } = parts;
  const clone = join(workDirectory, "repository");
  const git = (cwd: string, ...args: readonly string[]): Promise<string> => run(parts.env, cwd, [...SAFE, ...args]);

  async function begin(): Promise<void> {
    await mkdir(clone, { recursive: true });
    await git(clone, "init", "--quiet", "--initial-branch", branch);
    await git(clone, "config", "remote.origin.url", parts.remote);
  }

  /** The clone as the remote is. Resolves to the epochs of the checkpoint there; 0: it has none. */
  async function ready(): Promise<number> {
    await begin();
    const there = await git(clone, "ls-remote", "origin", `refs/heads/${branch}`);
    if (there.trim() === "") {
      // What the clone knows is the end of a history whose beginning nobody has any more: no remote takes that.
      await rm(clone, { recursive: true, force: true });
      await begin();
      return 0;
    }
    await git(
      clone,
      "fetch",
      "--quiet",
      "--depth",
      "1",
      "origin",
      `+refs/heads/${branch}:refs/remotes/origin/${branch}`,
    );
    await git(clone, "checkout", "--quiet", "--force", "-B", branch, `refs/remotes/origin/${branch}`);
    return sizeIn(join(clone, "epochs", "checkpoint"));
  }

  return async (): Promise<number | null> => {
    const newest = await database.transaction(newestCheckpoint);
    const last = await database.transaction((tx) => lastAnchored(tx, "git"));
    if (newest === null || (last !== null && newest.epoch <= last)) return null;
    const note = await database.transaction((tx) => cosignedCheckpoint(tx, newest.epoch));
    const there = await ready();
    demandNotAhead(there, newest.epoch + 1);
    // Made anew, never written through: a clone of earlier may have a link there, to a file of this machine.
    await rm(join(clone, "epochs"), { recursive: true, force: true });
    await mkdir(join(clone, "epochs"));
    await git(clone, "rm", "--quiet", "--cached", "--ignore-unmatch", "epochs/checkpoint");
    await writeFile(join(clone, "epochs", "checkpoint"), note ?? newest.note);
    await git(clone, "add", "epochs/checkpoint");
    if ((await git(clone, "status", "--porcelain")).trim() !== "")
      await git(clone, ...AUTHOR, "commit", "--quiet", "-m", `epoch ${newest.epoch}`);
    await git(clone, "push", "--quiet", "origin", `refs/heads/${branch}:refs/heads/${branch}`);
    await database.transaction((tx) => keepAnchored(tx, "git", newest.epoch));
    if (last !== null && there < last + 1) throw rewound(parts.remote, last, newest.epoch);
    return newest.epoch;
  };
}

/** Epochs of the checkpoint in the repository; 0 where it has none. */
function sizeIn(path: string): number {
  const text = readIfThere(path);
  const note = text === null ? null : parseNote(text);
  const there = note?.kind === "note" ? parseCheckpoint(note.body) : null;
  return there?.kind === "checkpoint" ? there.size : 0;
}

/** What we pushed is not there any more: a history that can be taken back is no anchor. The newest checkpoint is in it again. */
const rewound = (remote: string, last: number, epoch: number): Fault =>
  new Fault(
    "anchor_unavailable",
    `The repository of checkpoints, ${remote}, did not have epoch ${last} any more, which was pushed to it: its history was rewound or replaced. Epoch ${epoch} was pushed. Protect its branch against force-pushes, and compare with a clone of somebody else.`,
  );

/** Whoever reads the repository trusts it to grow: an older checkpoint is never put over a newer one (case 22). */
function demandNotAhead(there: number, size: number): void {
  if (there > size)
    throw new Fault(
      "log_diverged",
      `The repository of checkpoints has one of ${there} epochs, and this database has ${size}: it is an older backup, or another log's. Nothing was pushed.`,
    );
}

async function run(given: Readonly<Record<string, string>>, cwd: string, args: readonly string[]): Promise<string> {
  const env = { ...given, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" };
  const limits = { cwd, timeout: TIMEOUT_MS, maxBuffer: 1024 * 1024 };
  const read = await readProgram({ program: "git", args, env }, limits);
  if (read.kind === "ended") return read.out.toString("utf8");
  const said = read.error.split("\n").slice(-3).join(" ");
  throw new Fault("anchor_unavailable", `git ${args.at(SAFE.length) ?? ""} failed: ${said}`, { cause: read.cause });
}
