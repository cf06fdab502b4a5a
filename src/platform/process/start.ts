import {
  execFile,
  fork,
  spawn,
  spawnSync,
  type ChildProcess,
  type ExecFileOptions,
  type ForkOptions,
  type SpawnOptions,
  type SpawnSyncOptions,
  type SpawnSyncReturns,
} from "node:child_process";
import type { ChildEnvironment } from "./environment.ts";

interface Program {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: ChildEnvironment;
}

export type { ChildProcess };

// `env` last, always: options that were made elsewhere do not bring another.

export const startProgram = (
  { program, args, env }: Program,
  options: Omit<SpawnOptions, "env" | "shell"> = {},
): ChildProcess => spawn(program, args, { ...options, shell: false, env });

/** Until it has ended, with nothing else going on meanwhile: for set-up only. */
export const runProgram = (
  { program, args, env }: Program,
  options: Omit<SpawnSyncOptions, "env" | "shell" | "encoding"> = {},
): SpawnSyncReturns<string> => spawnSync(program, args, { ...options, encoding: "utf8", shell: false, env });

/** Our own script, with a channel to it. */
export const startScript = (script: URL, env: ChildEnvironment, options: Omit<ForkOptions, "env"> = {}): ChildProcess =>
  fork(script, [], { ...options, env });

export type Read =
  | { readonly kind: "ended"; readonly out: Buffer }
  | { readonly kind: "failed"; readonly error: string; readonly cause: Error; readonly out: Buffer };

/** What it writes. `error`: what it said when it failed. `input`: what it reads. */
export const readProgram = (
  { program, args, env }: Program,
  { input, ...options }: Omit<ExecFileOptions, "env" | "shell" | "encoding"> & { readonly input?: Buffer } = {},
): Promise<Read> =>
  new Promise((resolve) => {
    const child = execFile(program, args, { ...options, encoding: "buffer", shell: false, env }, (cause, out, err) => {
      if (cause === null) return resolve({ kind: "ended", out });
      const said = err.toString("utf8").trim();
      resolve({ kind: "failed", error: said === "" ? cause.message : said, cause, out });
    });
    if (input === undefined) return;
    // It may end before it has read all.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
