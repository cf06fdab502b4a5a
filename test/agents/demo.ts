// Countersign itself: the demo, as a newcomer starts it, with its own database, doer and brokers; and its command line beside it.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./program.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
/** The first start of all unpacks PostgreSQL. */
const READY_MS = 120_000;

export interface Demo {
  readonly url: string;
  /** `countersign ...`, in another terminal; throws when it says no. */
  countersign(...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function startDemo(): Promise<Demo> {
  const directory = mkdtempSync(join(tmpdir(), "countersign-agents-"));
  const env = { DATA_DIR: join(directory, "data"), CLIENTS_DIR: join(directory, "clients"), PORT: "0" };
  const child = spawn(process.execPath, [MAIN, "demo"], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended;
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`The demo did not start in time. It said:\n${said}`)), READY_MS);
    const hear = (data: Buffer): void => {
      said += data.toString();
      const found = /ready: (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("close", () => reject(new Error(`The demo ended first. It said:\n${said}`)));
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    url,
    close,
    countersign: async (...args) => {
      const { code, out, err } = await run([process.execPath, MAIN, ...args], { cwd: directory, env });
      if (code !== 0) throw new Error(`countersign ${args.join(" ")} ended with ${code}:\n${err}${out}`);
      return out;
    },
  };
}
