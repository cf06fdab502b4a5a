// A process of ours that this one starts, with an environment of its own, and starts again whenever it ends.

import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "#kernel";
import { LONGEST_SOCKET } from "#platform/config";
import type { Log } from "#platform/log";
import { inherited, startProgram, type ChildEnvironment, type ChildProcess } from "#platform/process";

const MAIN = join(import.meta.dirname, "..", "main.ts");
/** For a machine that is busy with much else; one that cannot start says so at once. */
const START_MS = 60_000;
const DRAIN_MS = 10_000;
const BACKOFF_MS = { first: 200, most: 10_000 } as const;

export interface OwnChild {
  /** As sentences call it: "The broker". */
  readonly name: string;
  readonly args: readonly string[];
  /** INVARIANT: its own settings and nothing else of this process's environment. */
  readonly env: ChildEnvironment;
  /** What waits while it is away. */
  readonly meanwhile: string;
}

/** Resolves when the first one is ready; the answer stops it for good. */
export async function keepChild(own: OwnChild, log: Log): Promise<() => Promise<void>> {
  let stopping = false;
  let backoffMs: number = BACKOFF_MS.first;
  let child = launch(own);
  let timer: NodeJS.Timeout | null = null;
  const watch = (): void => {
    child.once("message", () => {
      backoffMs = BACKOFF_MS.first;
    });
    child.once("exit", (code, signal) => {
      if (stopping) return;
      log.error({ code, signal, againInMs: backoffMs }, `${own.name} ended: ${own.meanwhile} until it is back`);
      timer = setTimeout(() => {
        child = launch(own);
        watch();
      }, backoffMs);
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.most);
    });
  };
  await ready(own, child);
  watch();
  return async () => {
    stopping = true;
    if (timer !== null) clearTimeout(timer);
    await ended(child);
  };
}

/**
 * For the child. The channel to the parent closes when the parent is done with us, or is gone, however it went. A signal to the whole
 * process group is the parent's to obey: it still has work to finish, for which it needs this process.
 */
export function orphaned(): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
  return new Promise((resolve) => {
    process.once("disconnect", resolve);
  });
}

/** Beside its files, or where a short path is when theirs is too long for a socket. */
export function socketIn(directory: string, name: string): string {
  const beside = join(directory, name);
  if (Buffer.byteLength(beside) <= LONGEST_SOCKET) return beside;
  const folder = join(tmpdir(), `countersign-${createHash("sha256").update(directory).digest("hex").slice(0, 16)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, name);
}

const launch = ({ args, env }: OwnChild): ChildProcess =>
  startProgram(
    { program: process.execPath, args: [MAIN, ...args], env: { ...inherited("NODE_COMPILE_CACHE"), ...env } },
    { stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );

function ready({ name }: OwnChild, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = (): void =>
      reject(new Fault("broker_unavailable", `${name} did not start; what it said stands above.`));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Fault("broker_unavailable", `${name} did not start within ${START_MS / 1000} seconds. Start again.`));
    }, START_MS);
    child.once("message", () => {
      clearTimeout(timer);
      child.off("exit", lost);
      resolve();
    });
    child.once("exit", () => {
      clearTimeout(timer);
      lost();
    });
    child.once("error", lost);
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const kill = setTimeout(() => child.kill("SIGKILL"), DRAIN_MS);
    child.once("exit", () => {
      clearTimeout(kill);
      resolve();
    });
    if (child.connected) child.disconnect();
    else child.kill("SIGTERM");
  });
}
