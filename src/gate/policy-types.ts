import type { BranchName, Millis, TeamName } from "#kernel";
import type { Note } from "./verdict.ts";

export interface PathRule {
  readonly match: readonly string[];
  /** Compiled once: total, linear in the path's length. */
  readonly matches: (path: string) => boolean;
  /** An approver in any of these satisfies the rule; empty: any approver. */
  readonly teams: readonly TeamName[];
  readonly minApprovals: number;
  readonly stepUp: boolean;
}

/** Which changed files are migrations, and what their findings ask for. Findings alone never decide anything. */
export interface MigrationPolicy {
  readonly matches: (path: string) => boolean;
  /** Of those that match: to be read as SQL. Programs and lists of changes are not read. */
  readonly isSql: (path: string) => boolean;
  /** A folder of migrations, if it is none of these files: a link or a submodule there brings migrations that no list of files shows. */
  readonly isAbove: (path: string) => boolean;
  /** PostgreSQL's major version, by whose grammar they are read; null: SQL that is not read here. */
  readonly major: 15 | 16 | 17 | 18 | null;
  /** failures: lost data or protection. findings: anything to look at. */
  readonly stepUp: "never" | "failures" | "findings";
}

export type Owner =
  | { readonly kind: "team"; readonly team: TeamName }
  | { readonly kind: "user"; readonly login: string }
  | { readonly kind: "email"; readonly email: string };

export interface Codeowners {
  /** The owners of the last matching line; empty when no line matches or that line un-owns. */
  readonly ownersOf: (path: string) => readonly Owner[];
}

/** What the built-in floor, the organisation's file and the repository's files add up to: never less than the floor (G3). */
export interface EffectivePolicy {
  readonly minApprovals: number;
  readonly reviewDwellMs: Millis;
  readonly paths: readonly PathRule[];
  /** null: not required. */
  readonly codeowners: Codeowners | null;
  readonly policyOwners: readonly TeamName[];
  readonly migrations: MigrationPolicy;
  readonly mergeMethod: "merge" | "squash" | "rebase";
  /** From the union of the lists; rulesets are judged apart, in protection.ts. */
  readonly isProduction: (branch: BranchName) => boolean;
  /** Clamped values and the like. */
  readonly warnings: readonly Note[];
}

export type PolicyResult =
  | { readonly kind: "policy"; readonly policy: EffectivePolicy }
  /** Every problem at once, with path and line. */
  | { readonly kind: "invalid"; readonly problems: readonly Note[] }
  | { readonly kind: "unreadable"; readonly why: string };
