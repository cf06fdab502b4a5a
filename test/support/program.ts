// The program as its users start it: a process of its own.

import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, vi } from "vitest";
import { inherited } from "#platform/process";
import { openDirectory } from "./directory.ts";

// Several processes start in each of these tests: on a machine that is busy with others, patience is not a weaker proof.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const main = join(import.meta.dirname, "../../src/main.ts");

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Program {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves with the first match on standard output; rejects when the program ends first. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
  readonly ended: Promise<Ended>;
}

// Registered here, while the file is collected: an afterAll that is called inside a test is never run, and would leave servers behind.
const started: { readonly child: ChildProcess; readonly ended: Promise<Ended> }[] = [];
const directories: string[] = [];
afterAll(async () => {
  for (const { child } of started) if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  await Promise.all(started.map(({ ended }) => ended));
  for (const path of directories) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** A directory that goes away after the test file. */
export function temporaryDirectory(): string {
  const path = openDirectory("program");
  directories.push(path);
  return path;
}

/** Only these settings reach the program, whatever the tests' own environment holds. */
export function program(args: readonly string[], env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...inherited("PATH", "NODE_COMPILE_CACHE"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (status) => resolve({ status, out, err }));
  });
  started.push({ child, ended });
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = out.match(pattern);
          if (match !== null) resolve(match);
        };
        child.stdout.on("data", look);
        child.once("close", () => reject(new Error(`The program ended first. It said:\n${out}\n${err}`)));
        look();
      }),
  };
}
