import { messageHazards } from "./extract/checks.ts";
import { readCommand } from "./extract/command.ts";
import { refspecHazards } from "./extract/git.ts";
import { readMail, type Mail } from "./extract/mail.ts";
import type { Folder } from "./extract/native-paths.ts";
import { readPaths } from "./extract/paths.ts";
import { readEdits, type FileEdit } from "./extract/tests.ts";
import type { Facts } from "./facts.ts";
import { TOOLS } from "./tools.ts";

/** What of a call's arguments the extractors can read. */
export interface Arguments {
  readonly command?: string | undefined;
  /** The command would run in this folder of the agent's own machine, without our sandbox. */
  readonly native?: Folder | undefined;
  readonly paths?: readonly string[] | undefined;
  /** Of files, as far as they are known. */
  readonly edits?: readonly FileEdit[] | undefined;
  /** Of commits and pull requests. */
  readonly messages?: readonly string[] | undefined;
  /** Where a push goes, as git takes it. */
  readonly refspecs?: readonly string[] | undefined;
  /** What the SQL guard answered about the statement. */
  readonly sql?:
    | { readonly verdict: "allow"; readonly kind: "select" | "show" | "explain" }
    | { readonly verdict: "deny" }
    | undefined;
  readonly mail?: Mail | undefined;
  /** Names of the repository's protected branches, beside the usual ones. */
  readonly production?: readonly string[] | undefined;
}

/** The facts with what stands in the arguments. Nothing that was known before is taken away. */
export function observed(
  facts: Facts,
  { command, native, paths, edits = [], messages = [], refspecs, sql, mail, production = [] }: Arguments,
): Facts {
  const line = command === undefined ? { hazards: [], shell: [] } : readCommand(command, production, native ?? null);
  const files = readPaths(paths ?? [], TOOLS[facts.tool].effect === "write");
  const changed = readEdits(edits);
  const pushed = refspecs === undefined ? [] : refspecHazards(refspecs, production);
  const both = <T extends string>(...lists: readonly (readonly T[])[]): readonly T[] =>
    [...new Set(lists.flat())].toSorted();
  return {
    ...facts,
    hazards: both(
      facts.hazards,
      line.hazards,
      files.hazards,
      changed.hazards,
      pushed,
      messages.flatMap(messageHazards),
    ),
    sql: sql === undefined ? facts.sql : sql.verdict === "allow" ? sql.kind : "refused",
    mail: mail === undefined ? facts.mail : readMail(mail),
    shell: both(facts.shell, line.shell),
    areas: both(facts.areas, files.areas, changed.areas),
    touched: { ...facts.touched, paths: Math.max(facts.touched.paths, paths?.length ?? 0) },
  };
}
