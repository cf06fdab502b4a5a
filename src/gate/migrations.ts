// Schema changes are a human path: what a person should look at in the migration files of a pull request. Findings are shown, and
// where the policy says so they ask for the button. INVARIANT: they only add to what is demanded.

import type { Facts, MigrationFile } from "./facts.ts";
import type { EffectivePolicy } from "./policy-types.ts";
import type { Note } from "./verdict.ts";

/** The changed files that the policy calls migrations, as far as they were read. Moved away is changed, too. */
export function migrationsOf(facts: Facts, policy: EffectivePolicy): readonly MigrationFile[] {
  const read = new Map(facts.migrations?.map((file) => [file.path, file]));
  return facts.files.items.flatMap(({ path, previousPath }): readonly MigrationFile[] => {
    const is = policy.migrations.matches(path) || (previousPath !== null && policy.migrations.matches(previousPath));
    return is ? [read.get(path) ?? { path, findings: { known: false, why: "it was not read" }, more: 0 }] : [];
  });
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
            : [{ code: "migration", path, text: `There are ${more} more findings in this file.` } as const]),
        ]
      : policy.migrations.major === null
        ? []
        : [{ code: "migration", path, level: "failure", text: `Nobody has looked at this file: ${findings.why}.` }],
  );
}

/** The first file whose findings ask for a step-up; null: none does. A file that was not read asks for it. */
export function stepUpFor(facts: Facts, policy: EffectivePolicy): MigrationFile | null {
  const { stepUp } = policy.migrations;
  if (stepUp === "never") return null;
  const asks = ({ findings, more }: MigrationFile): boolean =>
    !findings.known || more > 0 || findings.value.some(({ level }) => stepUp === "findings" || level === "failure");
  return migrationsOf(facts, policy).find(asks) ?? null;
}
