// Another program, with a home of its own and nothing of this environment.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HERE = import.meta.dirname;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder for one run, git-ignored; kept, for whoever wants to know what happened. */
export function workFolder(files: Readonly<Record<string, string>> = {}): string {
  mkdirSync(join(HERE, "work"), { recursive: true });
  const folder = mkdtempSync(join(HERE, "work", "run-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export async function run(
  command: readonly string[],
  { cwd, env, seconds = 90 }: { readonly cwd: string; readonly env: Record<string, string>; readonly seconds?: number },
): Promise<Ended> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { PATH: `${join(process.execPath, "..")}:/usr/local/bin:/usr/bin:/bin`, HOME: cwd, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data: Buffer) => (text.out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (text.err += data.toString()));
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1_000);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  return { code, ...text };
}

export const installed = (...path: readonly string[]): string => join(HERE, "node_modules", ...path);
