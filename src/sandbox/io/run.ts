// One program in bubblewrap. INVARIANT: where the sandbox cannot be had, nothing runs: there is no other way to start a job.

import { randomInt } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { startProgram, type ChildProcess } from "#platform/process";
import { FILTER_FD, INFO_FD, sandboxCommand } from "../command.ts";
import { outcomeOf, type Ending } from "../outcome.ts";
import { seccompFilter, type Machine } from "../seccomp.ts";
import type { SandboxJob, SandboxOutcome } from "../types.ts";

export interface SandboxRun {
  /** All of its standard input. */
  readonly input?: Uint8Array;
  /** Aborted: it is killed at once, with all that it has started. */
  readonly signal?: AbortSignal;
}

export const BWRAP = "/usr/bin/bwrap";

/** Users that own nothing, anywhere: one of them for each run, so that two runs cannot signal each other. */
const USERS = { first: 2_000_000_000, count: 65_536 } as const;

export async function runInSandbox(job: SandboxJob, { input, signal }: SandboxRun = {}): Promise<SandboxOutcome> {
  const machine = machineOf();
  if (machine === null)
    return {
      kind: "refused",
      why: `The sandbox needs Linux on x64 or arm64; this is ${process.platform} ${process.arch}.`,
    };
  const command = sandboxCommand(job);
  if (command.kind === "refused") return command;
  if (signal?.aborted === true) return { kind: "killed" };
  const child = startProgram(
    { program: BWRAP, args: command.args, env: {} },
    { stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"], cwd: "/", ...unprivileged() },
  );
  return watch(child, job, { filter: seccompFilter(machine), input, signal });
}

/** Root would keep its files' ownership inside, and no limit of processes binds it: it starts a sandbox as a user without anything. */
function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const user = USERS.first + randomInt(USERS.count);
  return { uid: user, gid: user };
}

function machineOf(): Machine | null {
  if (process.platform !== "linux") return null;
  return process.arch === "x64" || process.arch === "arm64" ? process.arch : null;
}

interface Watched {
  readonly filter: Uint8Array;
  readonly input: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

function watch(
  child: ChildProcess,
  { budget }: SandboxJob,
  { filter, input, signal }: Watched,
): Promise<SandboxOutcome> {
  return new Promise((resolve) => {
    let cut: Ending["cut"] = null;
    let inside: number | null = null;
    const kill = (): void => {
      // While bubblewrap lives it is the parent of this process, whose number is nobody else's until then.
      if (inside !== null && child.exitCode === null && child.signalCode === null) killProcess(inside);
    };
    const end = (why: Exclude<Ending["cut"], null>): void => {
      cut ??= why;
      kill();
    };
    // INVARIANT: what is killed is the first process of the sandbox's namespace, with which all others go. bubblewrap alone would
    // leave it behind, where it was killed before the two were tied together.
    child.stdio[INFO_FD]?.on("data", (chunk: Uint8Array) => {
      inside ??= insideOf(Buffer.from(chunk).toString("utf8"));
      if (cut !== null) kill();
    });
    const onAbort = (): void => end("killed");
    signal?.addEventListener("abort", onAbort, { once: true });
    const timer = setTimeout(() => end("wall"), budget.wallMs);

    let left = budget.outputBytes;
    const take = (stream: Readable | null): Uint8Array[] => {
      const chunks: Uint8Array[] = [];
      stream?.on("data", (chunk: Uint8Array) => {
        left -= chunk.length;
        if (left < 0) end("output");
        else chunks.push(chunk);
      });
      return chunks;
    };
    const out = take(child.stdout);
    const err = take(child.stderr);

    const settle = (outcome: SandboxOutcome): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    child.once("error", (error) => settle({ kind: "refused", why: `${BWRAP} could not be started: ${error.message}` }));
    child.once("close", (code) =>
      settle(outcomeOf({ cut, status: code ?? 137, out: Buffer.concat(out), err: Buffer.concat(err) })),
    );
    give(child.stdio[FILTER_FD], filter);
    give(child.stdin, input ?? new Uint8Array());
  });
}

const CHILD_PID = /"child-pid": (\d+)/;
const insideOf = (info: string): number | null => {
  const found = CHILD_PID.exec(info)?.[1];
  return found === undefined ? null : Number(found);
};

function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** One that does not read its input to the end breaks the pipe: that is its own affair. */
function give(stream: Readable | Writable | null | undefined, bytes: Uint8Array): void {
  if (stream === null || stream === undefined || !("end" in stream)) return;
  stream.on("error", () => {});
  stream.end(bytes);
}
