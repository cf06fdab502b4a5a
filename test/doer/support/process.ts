// `countersign doer` as it is started: a process of its own, with an environment of its own.

import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { afterAll } from "vitest";
import { inherited, startProgram } from "#platform/process";
import type { TestDatabase } from "../../support/database.ts";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");

export interface DoerProcess {
  readonly child: ChildProcess;
  /** Resolves when it takes packets; rejects with what it said where it ends first. */
  readonly ready: Promise<void>;
  readonly said: () => string;
}

// Registered while the file is collected: an afterAll that is called inside a test is never run.
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
});

/** Its lease broker is asked at `leaseSocketOf(t)`, where nobody listens unless the test does. */
export function startDoerProcess(t: TestDatabase, more: Readonly<Record<string, string>> = {}): DoerProcess {
  const child = startProgram(
    {
      program: process.execPath,
      args: [MAIN, "doer"],
      env: {
        ...inherited("PATH", "NODE_COMPILE_CACHE"),
        DOER_DATABASE_URL: t.urls.doer,
        CLAIM_KEY: t.claimKey,
        KEYS_DIR: t.keysDir,
        CLIENTS_DIR: join(t.keysDir, "clients"),
        LEASE_BROKER_SOCKET: leaseSocketOf(t),
        LOG_LEVEL: "warn",
        ...more,
      },
    },
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  started.push(child);
  let said = "";
  const ready = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString("utf8");
      if (said.includes("takes packets")) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}: ${said}`)));
  });
  return { child, ready, said: () => said };
}

export const leaseSocketOf = ({ keysDir }: TestDatabase): string => join(keysDir, "lease.sock");
