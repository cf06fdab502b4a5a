import { checkFile } from "../../text.ts";
import type { Major } from "../../postgres/majors.ts";
import type { Finding } from "../../postgres/migration.ts";
import { createThread } from "../thread.ts";

export type Migration =
  | { readonly kind: "findings"; readonly findings: readonly Finding[] }
  | { readonly kind: "syntax"; readonly message: string; readonly line: number }
  /** No answer, or a text that the parser must not see. */
  | { readonly kind: "lost" };

export interface MigrationReader {
  /** What to look at in a migration file. */
  read(text: string): Promise<Migration>;
  close(): Promise<void>;
}

export function createMigrationReader(major: Major): MigrationReader {
  const thread = createThread(new URL("./migration-worker.ts", import.meta.url), major, isMigration);
  return {
    async read(text) {
      const answer = checkFile(text) ? await thread.ask(text) : null;
      return isMigration(answer) ? answer : { kind: "lost" };
    },
    close: () => thread.close(),
  };
}

/** The worker is our own code: its kind is all that tells an answer from something else. */
function isMigration(message: unknown): message is Migration {
  return typeof message === "object" && message !== null && "kind" in message && message.kind !== "lost";
}
