// The "migrations" setting of all files added up. INVARIANT (G3): patterns and step-up are only ever raised; a dialect that is not
// read leaves every file unread, which asks for at least as much as any finding would.

import { compileGlob } from "./paths.ts";
import type { MigrationPolicy } from "./policy-types.ts";

/** Where the common tools keep them. */
export const MIGRATION_PATTERNS: readonly string[] = [
  "**/migrations/**/*.sql",
  "**/migration/**/*.sql",
  "**/migrate/**/*.sql",
  "**/*.up.sql",
  "**/*.down.sql",
];

const NEWEST = 18;

export interface MigrationDemands {
  readonly matches: readonly ((path: string) => boolean)[];
  readonly dialect: "postgres" | "other" | undefined;
  readonly major: 15 | 16 | 17 | 18 | undefined;
  readonly stepUp: MigrationPolicy["stepUp"];
}

const USUAL: readonly ((path: string) => boolean)[] = MIGRATION_PATTERNS.flatMap((pattern) => {
  const glob = compileGlob(pattern, "rule");
  return glob.kind === "bad" ? [] : [glob.matches];
});

const RANK: Readonly<Record<MigrationPolicy["stepUp"], number>> = { never: 0, failures: 1, findings: 2 };

/** `demands` from the highest authority to the most specific, which knows best what its server is. */
export function combineMigrations(demands: readonly MigrationDemands[]): MigrationPolicy {
  const matches = [...USUAL, ...demands.flatMap((each) => each.matches)];
  const dialect = demands.findLast((each) => each.dialect !== undefined)?.dialect ?? "postgres";
  const major = demands.findLast((each) => each.major !== undefined)?.major ?? NEWEST;
  return {
    matches: (path) => matches.some((one) => one(path)),
    major: dialect === "postgres" ? major : null,
    stepUp: demands.reduce<MigrationPolicy["stepUp"]>(
      (most, { stepUp }) => (RANK[stepUp] > RANK[most] ? stepUp : most),
      "never",
    ),
  };
}
