import { checkFile } from "../../text.ts";
import type { Major } from "../../postgres/majors.ts";
import type { Finding } from "../../postgres/migration.ts";
import { createThread, type Lost } from "../thread.ts";

/** Lost also for a text that the parser must not see. */
export type Migration =
  | { readonly kind: "findings"; readonly findings: readonly Finding[] }
  | { readonly kind: "syntax"; readonly message: string; readonly line: number }
  | Lost;

export interface MigrationReader {
  /** What to look at in a migration file. */
  read(text: string): Promise<Migration>;
  close(): Promise<void>;
}

export function createMigrationReader(major: Major): MigrationReader {
  const { ask, close } = createThread<Migration>(new URL("./migration-worker.ts", import.meta.url), major);
  return { read: async (text) => (checkFile(text) ? ask(text) : { kind: "lost" }), close };
}
