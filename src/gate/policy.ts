// Adds up the built-in floor, the organisation's file and the repository's two files (gate.md 6 and 8).
// INVARIANT (G3): every step can only raise. Numbers take the maximum, lists of demands are joined, and a file that
// cannot be read or understood is never "no file".

import { millis, teamName } from "#kernel";
import type { BranchName, TeamName } from "#kernel";
import { parseCodeowners } from "./codeowners.ts";
import type { FileText, PolicyTexts } from "./facts.ts";
import { compileGlob } from "./paths.ts";
import { dotted, note, parsePolicyFile } from "./policy-file.ts";
import type { ParsedPolicyFile, PolicyFile } from "./policy-file.ts";
import type { Codeowners, EffectivePolicy, PathRule, PolicyResult } from "./policy-types.ts";
import { combineMigrations, migrationPatterns } from "./policy-migrations.ts";
import type { MigrationDemands } from "./policy-migrations.ts";
import type { Note } from "./verdict.ts";

export const REPOSITORY_POLICY_PATH = ".github/merge-gate.yml";
/** In the organisation's `.github` repository, so never a path of the repository that is judged. */
export const ORGANIZATION_POLICY_PATH = "(organisation) merge-gate.yml";
export const CODEOWNERS_PATH = "CODEOWNERS";

const FLOOR_APPROVALS = 1;

/** One file's demands, checked and compiled. */
interface Demands {
  readonly production: readonly ((branch: string) => boolean)[];
  readonly minApprovals: number;
  readonly dwellSeconds: number;
  readonly paths: readonly PathRule[];
  readonly codeowners: boolean;
  readonly policyOwners: readonly TeamName[];
  readonly migrations: MigrationDemands;
  readonly mergeMethod: PolicyFile["merge_method"];
}

/** Collects what is wrong (problems) and what was corrected (warnings) in one file. */
interface Findings {
  readonly problems: Note[];
  readonly warnings: Note[];
}

export function effectivePolicy(
  texts: PolicyTexts,
  repo: { readonly baseRef: BranchName; readonly defaultBranch: BranchName },
): PolicyResult {
  const found: Findings = { problems: [], warnings: [] };
  const sources: readonly (readonly [string, FileText])[] = [
    [ORGANIZATION_POLICY_PATH, texts.organization],
    [REPOSITORY_POLICY_PATH, texts.defaultBranch],
    // The same text twice, as for every pull request into the default branch, demands nothing more than once.
    ...(same(texts.base, texts.defaultBranch) ? [] : [[REPOSITORY_POLICY_PATH, texts.base] as const]),
  ];
  const demands: Demands[] = [];
  for (const [path, text] of sources) {
    if (!text.known) return { kind: "unreadable", why: `${path}: ${text.why}` };
    const result = parsePolicyFile(text.value);
    if (result.kind === "file") demands.push(demandsOf(result.parsed, path, found));
    else found.problems.push(...result.problems.map((p) => note("config_invalid", path, p)));
  }
  // Not knowing is reported even where the text is not used: a fact that is missing never goes unnoticed.
  if (!texts.codeowners.known) return { kind: "unreadable", why: `${CODEOWNERS_PATH}: ${texts.codeowners.why}` };
  const codeowners = demands.some((d) => d.codeowners) ? requiredCodeowners(texts.codeowners.value, found) : null;
  if (found.problems.length > 0) return { kind: "invalid", problems: distinct(found.problems) };
  return { kind: "policy", policy: combine(demands, codeowners, repo, distinct(found.warnings)) };
}

function same(a: FileText, b: FileText): boolean {
  return a.known && b.known && a.value === b.value;
}

/** Required and absent is a mistake that would otherwise ask nobody: it is a problem, not an empty list of owners. */
function requiredCodeowners(text: string | null, found: Findings): Codeowners | null {
  if (text === null) {
    found.problems.push({
      code: "codeowners_invalid",
      path: CODEOWNERS_PATH,
      text: 'The policy says "codeowners: required", and the base branch has no CODEOWNERS file. Add one, or remove the setting.',
    });
    return null;
  }
  const result = parseCodeowners(text);
  if (result.kind === "codeowners") return result.codeowners;
  found.problems.push(...result.problems.map((p) => note("codeowners_invalid", CODEOWNERS_PATH, p)));
  return null;
}

function demandsOf({ file, lineOf }: ParsedPolicyFile, path: string, found: Findings): Demands {
  const bad = (text: string, at: readonly (string | number)[]): void => {
    found.problems.push(note("config_invalid", path, { text, line: lineOf(at) }));
  };
  const raised = (value: number | undefined, at: readonly (string | number)[]): number => {
    if (value === undefined || value >= FLOOR_APPROVALS) return value ?? FLOOR_APPROVALS;
    const text = `"${dotted(at)}" is ${value}; fewer than ${FLOOR_APPROVALS} is not possible, so ${FLOOR_APPROVALS} is used.`;
    found.warnings.push(note("floor_clamped", path, { text, line: lineOf(at) }));
    return FLOOR_APPROVALS;
  };
  const teams = (names: readonly string[] | undefined, at: readonly (string | number)[]): readonly TeamName[] =>
    (names ?? []).flatMap((name, i) => {
      const team = teamName(name);
      if (team === null) bad(`"${name}" is not a team. Write it as organisation/team.`, [...at, i]);
      return team === null ? [] : [team];
    });
  const globs = (
    list: readonly string[] | undefined,
    kind: "rule" | "branch",
    at: readonly (string | number)[],
  ): readonly ((s: string) => boolean)[] =>
    (list ?? []).flatMap((pattern, i) => {
      const glob = compileGlob(kind === "branch" ? pattern.replace(/^refs\/heads\//, "") : pattern, kind);
      if (glob.kind === "bad") bad(`The pattern "${pattern}" cannot be used: ${glob.why}.`, [...at, i]);
      return glob.kind === "bad" ? [] : [glob.matches];
    });
  return {
    production: globs(file.production_branches, "branch", ["production_branches"]),
    minApprovals: raised(file.min_approvals, ["min_approvals"]),
    dwellSeconds: file.review_dwell_seconds ?? 0,
    paths: (file.paths ?? []).map((rule, i): PathRule => {
      const matchers = globs(rule.match, "rule", ["paths", i, "match"]);
      return {
        match: rule.match,
        matches: anyOf(matchers),
        teams: teams(rule.teams, ["paths", i, "teams"]),
        minApprovals: raised(rule.min_approvals, ["paths", i, "min_approvals"]),
        stepUp: rule.step_up ?? false,
      };
    }),
    codeowners: file.codeowners === "required",
    policyOwners: teams(file.policy_owners, ["policy_owners"]),
    migrations: {
      patterns: migrationPatterns(file.migrations?.match ?? [], (pattern, i, why) =>
        bad(`The pattern "${pattern}" cannot be used: ${why}.`, ["migrations", "match", i]),
      ),
      dialect: file.migrations?.dialect,
      major: file.migrations?.major,
      stepUp: file.migrations?.step_up ?? "never",
    },
    mergeMethod: file.merge_method,
  };
}

/** A plain loop: this runs for every changed file of every rule. */
function anyOf(matchers: readonly ((path: string) => boolean)[]): (path: string) => boolean {
  return (path) => {
    for (const matches of matchers) if (matches(path)) return true;
    return false;
  };
}

/** `demands` from the highest authority to the most specific: organisation, default branch, base branch. */
function combine(
  demands: readonly Demands[],
  codeowners: Codeowners | null,
  repo: { readonly defaultBranch: BranchName },
  warnings: readonly Note[],
): EffectivePolicy {
  const production = demands.flatMap((d) => d.production);
  return {
    minApprovals: Math.max(FLOOR_APPROVALS, ...demands.map((d) => d.minApprovals)),
    reviewDwellMs: millis(1000 * Math.max(0, ...demands.map((d) => d.dwellSeconds))),
    paths: demands.flatMap((d) => d.paths),
    codeowners,
    policyOwners: narrowed(demands.map((d) => d.policyOwners)),
    migrations: combineMigrations(demands.map((d) => d.migrations)),
    mergeMethod: demands.findLast((d) => d.mergeMethod !== undefined)?.mergeMethod ?? "squash",
    isProduction: (branch) => branch === repo.defaultBranch || production.some((matches) => matches(branch)),
    warnings,
  };
}

/**
 * The list of the highest authority that gives one stands. A more specific file may narrow it to the teams that both name,
 * and cannot add a team: whoever may write the repository's file would otherwise choose who guards it.
 */
function narrowed(lists: readonly (readonly TeamName[])[]): readonly TeamName[] {
  return lists.reduce((owners, list) => {
    if (owners.length === 0) return list;
    const both = owners.filter((team) => list.includes(team));
    return both.length === 0 ? owners : both;
  }, []);
}

function distinct(notes: readonly Note[]): readonly Note[] {
  const seen = new Map(notes.map((n) => [JSON.stringify([n.code, n.path, n.line, n.text]), n]));
  return [...seen.values()];
}
