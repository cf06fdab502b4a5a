// Another program, with a home of its own and nothing of this environment.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HERE = import.meta.dirname;
const BWRAP = "bwrap";

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

interface Start {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly seconds?: number;
  /** Folders that the program finds in /etc: by their names there, where they are. */
  readonly etc?: Readonly<Record<string, string>>;
}

export async function run(command: readonly string[], { cwd, env, seconds = 90, etc = {} }: Start): Promise<Ended> {
  // By a shell, as people start it: that says in PWD where it was started.
  const child = spawn("/bin/sh", ["-c", 'exec "$0" "$@"', ...within(etc), ...command], {
    cwd,
    env: { PATH: `${join(process.execPath, "..")}:/usr/local/bin:/usr/bin:/bin`, HOME: cwd, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data: Buffer) => (text.out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (text.err += data.toString()));
  // With everything it started.
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), seconds * 1_000);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  return { code, ...text };
}

/** This machine as it is, with these folders in /etc: an administrator's settings are tried where they belong, and nothing is left there. */
function within(etc: Readonly<Record<string, string>>): readonly string[] {
  const ours = Object.entries(etc);
  if (ours.length === 0) return [];
  const theirs = readdirSync("/etc").filter((name) => !Object.hasOwn(etc, name));
  return [
    BWRAP,
    "--dev-bind",
    "/",
    "/",
    "--tmpfs",
    "/etc",
    ...theirs.flatMap((name) => ["--ro-bind-try", join("/etc", name), join("/etc", name)]),
    ...ours.flatMap(([name, folder]) => ["--ro-bind", folder, join("/etc", name)]),
    "--die-with-parent",
    "--",
  ];
}

/** Why /etc cannot be another one for a program here; null: it can. */
export function etcProblem(): string | null {
  const tried = spawnSync(BWRAP, ["--dev-bind", "/", "/", "--tmpfs", "/etc", "true"], { encoding: "utf8" });
  if (tried.error !== undefined) return "needs bubblewrap (Debian: apt-get install bubblewrap)";
  return tried.status === 0 ? null : `bubblewrap cannot: ${tried.stderr.trim()}`;
}

export const installed = (...path: readonly string[]): string => join(HERE, "node_modules", ...path);
