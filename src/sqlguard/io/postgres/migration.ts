import { checkFile } from "../../text.ts";
import type { Major } from "../../postgres/majors.ts";
import type { Finding } from "../../postgres/migration-words.ts";
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

/** A file that was not read is something to look at itself. */
export function findingsOf(migration: Migration): readonly Finding[] {
  switch (migration.kind) {
    case "lost":
      return [
        {
          line: 1,
          endLine: 1,
          level: "failure",
          statement: "The file",
          says: "It cannot be read as SQL: it is too long, takes too long, or holds a NUL. Split it, and look at it yourself.",
        },
      ];
    case "syntax":
      return [
        {
          line: migration.line,
          endLine: migration.line,
          level: "failure",
          statement: "The file",
          says: `PostgreSQL's grammar does not accept it: ${migration.message}.`,
        },
      ];
    case "findings":
      return migration.findings;
  }
}
