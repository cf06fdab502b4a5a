// Schema changes are a human path: what a person should look at in the migration files of a pull request. Findings are shown, and
// where the policy says so they ask for the button. INVARIANT: they only add to what is demanded.

import { unknown } from "#kernel";
import type { ChangedFile, Facts, MigrationFile } from "./facts.ts";
import type { EffectivePolicy, MigrationPolicy } from "./policy-types.ts";
import type { Note } from "./verdict.ts";

/** Is a changed file a migration, was it one before it was moved, or may it be a link to a folder of them? */
export const concernsMigrations = ({ path, previousPath }: ChangedFile, policy: MigrationPolicy): boolean =>
  policy.matches(path) || policy.isAbove(path) || (previousPath !== null && policy.matches(previousPath));

/** The changed files that the policy calls migrations, as far as they were read. Moved away is changed, too. */
export function migrationsOf(facts: Facts, policy: EffectivePolicy): readonly MigrationFile[] {
  const read = new Map(facts.migrations?.map((file) => [file.path, file]));
  return facts.files.items.flatMap((file): readonly MigrationFile[] =>
    concernsMigrations(file, policy.migrations)
      ? [read.get(file.path) ?? { path: file.path, findings: unknown("it was not read"), more: 0 }]
      : [],
  );
}

/** Failures first: a report has room for a limited number, and what loses data must not stand behind what locks. */
export function migrationNotes(facts: Facts, policy: EffectivePolicy): readonly Note[] {
  if (facts.migrations === undefined) return [];
  return migrationsOf(facts, policy).flatMap(({ path, findings, more }): readonly Note[] =>
    findings.known
      ? [
          ...findings.value.map((each): Note => ({ code: "migration", path, ...each })),
          ...(more === 0
            ? []
            : [
                beyond(
                  path,
                  more,
                  findings.value.every(({ level }) => level === "failure"),
                ),
              ]),
        ]
      : policy.migrations.major === null
        ? []
        : [{ code: "migration", path, level: "failure", text: `Nobody has looked at this file: ${findings.why}.` }],
  );
}

/** The worst were kept: where all of these are failures, those that were not may be, too. */
const beyond = (path: string, more: number, grave: boolean): Note => ({
  code: "migration",
  path,
  ...(grave ? { level: "failure" } : {}),
  text: `There are ${more} more findings in this file.`,
});

/** The first file whose findings ask for a step-up; null: none does. A file that was not read asks for it. */
export function stepUpFor(facts: Facts, policy: EffectivePolicy): MigrationFile | null {
  const { stepUp } = policy.migrations;
  if (stepUp === "never") return null;
  const asks = ({ findings, more }: MigrationFile): boolean =>
    !findings.known || more > 0 || findings.value.some(({ level }) => stepUp === "findings" || level === "failure");
  return migrationsOf(facts, policy).find(asks) ?? null;
}
