import type { Command } from "commander";
import { plain } from "#gate";
import { majorOf, MAJORS, type Finding } from "#sqlguard";
import { createMigrationReader, findingsOf } from "#sqlguard/io";
import type { Terminal } from "./command.ts";
import { readText } from "./documents.ts";

const MAX_BYTES = 4 * 1024 * 1024;

/** As a check run takes it. */
interface Annotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: "failure" | "warning";
  readonly message: string;
}

export function registerMigration(group: Command, terminal: Terminal): void {
  group
    .command("migration <files...>")
    .description(
      "What a person should look at in migration files of PostgreSQL: lost data, changed rights, locks. Status 0: nothing, 1: findings, 2: unusable input.",
    )
    .option("--major <number>", `the server's version: ${MAJORS.join(", ")}`, "18")
    .option("--json", "print annotations for a check run as JSON")
    .action(async (files: readonly string[], { major: written, json }: { major: string; json?: boolean }) => {
      const major = majorOf(Number(written));
      if (major === null) {
        terminal.err(`There is no guard for PostgreSQL "${plain(written, 40)}"; there are: ${MAJORS.join(", ")}.`);
        return terminal.exit(2);
      }
      const all: Annotation[] = [];
      const reader = createMigrationReader(major);
      try {
        for (const file of files) {
          const read = await readText(file, MAX_BYTES);
          if (read.kind === "unreadable") {
            terminal.err(read.problem);
            return terminal.exit(2);
          }
          const found = findingsOf(await reader.read(read.text));
          for (const each of found) all.push(annotationOf(file, each));
        }
      } finally {
        await reader.close();
      }
      if (json === true) terminal.out(JSON.stringify(all));
      else for (const each of all) terminal.out(lineOf(each));
      if (json !== true && all.length === 0) terminal.out("Nothing to look at.");
      terminal.exit(all.length === 0 ? 0 : 1);
    });
}

const lineOf = ({ path, start_line, annotation_level, message }: Annotation): string =>
  `${annotation_level === "failure" ? "FAIL" : "warn"}  ${plain(path, 200)}:${start_line}  ${plain(message, 400)}`;

const annotationOf = (path: string, { line, endLine, level, statement, says }: Finding): Annotation => ({
  path,
  start_line: line,
  end_line: endLine,
  annotation_level: level,
  message: `${statement}: ${says}`,
});
