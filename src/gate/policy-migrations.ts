// The "migrations" setting of all files added up. INVARIANT (G3): patterns and step-up are only ever raised; a dialect that is not
// read leaves every file unread, which asks for at least as much as any finding would.

import { compileGlob } from "./paths.ts";
import type { MigrationPolicy } from "./policy-types.ts";

/** Where the common tools keep them: everything there but words about it is run, whatever language it is in. */
const FOLDERS: readonly string[] = ["**/migrations/**", "**/migration/**", "**/migrate/**"];
const FILES: readonly string[] = ["**/*.up.sql", "**/*.down.sql"];
const WORDS = /(?:^|\/)(?:[^/]+\.(?:md|markdown|rst|adoc|txt)|\.git(?:keep|ignore|attributes)|\.keep|license|readme)$/;

const NEWEST = 18;

export interface MigrationPattern {
  readonly matches: (path: string) => boolean;
  readonly above: (path: string) => boolean;
}

export interface MigrationDemands {
  readonly patterns: readonly MigrationPattern[];
  readonly dialect: "postgres" | "other" | undefined;
  readonly major: 15 | 16 | 17 | 18 | undefined;
  readonly stepUp: MigrationPolicy["stepUp"];
}

/** The attacker: `db/Migrations/2.SQL`, which tools run as they run the others. Every pattern is also taken without regard to case. */
export function migrationPatterns(
  patterns: readonly string[],
  bad: (pattern: string, at: number, why: string) => void,
): readonly MigrationPattern[] {
  return patterns.flatMap((pattern, i): readonly MigrationPattern[] => {
    const glob = compileGlob(pattern, "rule");
    const lower = compileGlob(pattern.toLowerCase(), "rule");
    if (glob.kind === "bad") bad(pattern, i, glob.why);
    return glob.kind === "bad" || lower.kind === "bad"
      ? []
      : [
          {
            matches: (path) => glob.matches(path) || lower.matches(path.toLowerCase()),
            above: (path) => glob.above(path) || lower.above(path.toLowerCase()),
          },
        ];
  });
}

const usual = (patterns: readonly string[]): readonly MigrationPattern[] => migrationPatterns(patterns, () => {});
const USUAL_FOLDERS = usual(FOLDERS);
const USUAL_FILES = usual(FILES);

const RANK: Readonly<Record<MigrationPolicy["stepUp"], number>> = { never: 0, failures: 1, findings: 2 };

/** `demands` from the highest authority to the most specific, which knows best what its server is. */
export function combineMigrations(demands: readonly MigrationDemands[]): MigrationPolicy {
  const named = [...USUAL_FILES, ...demands.flatMap((each) => each.patterns)];
  const all = [...USUAL_FOLDERS, ...named];
  const isNamed = (path: string): boolean => named.some((one) => one.matches(path));
  const inFolder = (path: string): boolean =>
    !WORDS.test(path.toLowerCase()) && USUAL_FOLDERS.some((one) => one.matches(path));
  const matches = (path: string): boolean => isNamed(path) || inFolder(path);
  const dialect = demands.findLast((each) => each.dialect !== undefined)?.dialect ?? "postgres";
  const major = demands.findLast((each) => each.major !== undefined)?.major ?? NEWEST;
  return {
    matches,
    isSql: (path) => isNamed(path) || path.toLowerCase().endsWith(".sql"),
    isAbove: (path) => !matches(path) && all.some((one) => one.above(path)),
    major: dialect === "postgres" ? major : null,
    stepUp: demands.reduce<MigrationPolicy["stepUp"]>(
      (most, { stepUp }) => (RANK[stepUp] > RANK[most] ? stepUp : most),
      "never",
    ),
  };
}
