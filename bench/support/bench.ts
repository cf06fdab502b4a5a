// What every benchmark with a database has: one of its own, budgets that decide the exit code, a committed result.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "#platform/postgres";
import { openDirectory } from "../../test/support/directory.ts";

/** `--smoke`: a short run, which holds only what no other load on the machine can change against its budget. */
export const smoke = process.argv.includes("--smoke");

export interface Bench {
  readonly dir: string;
  readonly postgres: EmbeddedPostgres;
  /** Said on standard error; the exit status is 1 then. */
  overBudget(what: string): void;
  /** Kept as `bench/results/<name>.json`, with the command that made it; not in a smoke run. */
  publish(result: object): void;
}

/** PostgreSQL with its defaults (fsync on) unless `settings` say otherwise. */
export async function bench(
  name: string,
  run: (given: Bench) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const dir = openDirectory("bench");
  const given: Bench = {
    dir,
    postgres: await startEmbeddedPostgres({ dir, settings }),
    overBudget(what) {
      console.error(`over budget: ${what}`);
      process.exitCode = 1;
    },
    publish: (result) => publish(name, result),
  };
  try {
    await run(given);
  } finally {
    await given.postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

export function publish(name: string, result: object): void {
  if (smoke) return;
  const command = ["node", `bench/${name}.bench.ts`, ...process.argv.slice(2)].join(" ");
  const folder = join(import.meta.dirname, "../results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ command, ...result }, null, 2)}\n`);
}
