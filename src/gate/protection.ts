// What GitHub itself enforces on a branch: whether the base is a production branch, and whether its rules are sound.

import type { AppId, BranchName } from "#kernel";
import type { Ruleset } from "./facts.ts";
import { compileGlob } from "./paths.ts";

/** The name of our check run, and of the required check that rulesets must pin to our app. */
export const CHECK_NAME = "countersign";

export interface Protection {
  readonly sound: boolean;
  /** What no active ruleset without bypass actors gives, in plain words; empty when sound. */
  readonly defects: readonly string[];
  /** Recommended, not required: only our app may update the branch. */
  readonly updatesRestricted: boolean;
}

export interface Branch {
  readonly name: BranchName;
  readonly isDefault: boolean;
}

export function protectionOf(branch: Branch, rulesets: readonly Ruleset[], appId: AppId): Protection {
  const over = rulesets.filter(
    (r) => r.target === "branch" && r.enforcement === "active" && governs(r, branch) === "yes",
  );
  const firm = over.filter((r) => r.bypassActors.known && r.bypassActors.value.length === 0);
  const needs: readonly (readonly [string, (r: Ruleset) => boolean])[] = [
    ["requires a pull request", (r) => r.pullRequest],
    [
      `requires the check "${CHECK_NAME}" from app ${appId}`,
      (r) => r.requiredChecks.some((c) => c.context === CHECK_NAME && c.integrationId === appId),
    ],
    ["blocks force-pushes", (r) => r.blocksForcePush],
    ["blocks deletion", (r) => r.blocksDeletion],
  ];
  const defects = needs.flatMap(([what, gives]) =>
    firm.some(gives) ? [] : [`No active ruleset without bypass actors ${what} on ${branch.name}.`],
  );
  return {
    sound: defects.length === 0,
    defects,
    updatesRestricted: over.some((r) => r.restrictsUpdates && onlyOurs(r, appId)),
  };
}

/** A branch under a ruleset that asks for our check is a production branch: no file can declare it free. */
export function isGuarded(branch: Branch, rulesets: readonly Ruleset[]): boolean {
  return rulesets.some(
    (r) =>
      (r.target === "branch" || r.target === "unknown") &&
      r.enforcement !== "disabled" &&
      r.requiredChecks.some((c) => c.context === CHECK_NAME) &&
      governs(r, branch) !== "no",
  );
}

function onlyOurs(ruleset: Ruleset, appId: AppId): boolean {
  return ruleset.bypassActors.known && ruleset.bypassActors.value.every((a) => a.kind === "app" && a.id === appId);
}

type Match = "yes" | "no" | "unclear";

/** GitHub's fnmatch over full refs. What we cannot read for sure is "unclear", and each caller takes the strict side. */
function governs({ include, exclude }: Ruleset, branch: Branch): Match {
  const included = anyOf(include, branch);
  const excluded = anyOf(exclude, branch);
  if (included === "no" || excluded === "yes") return "no";
  return included === "yes" && excluded === "no" ? "yes" : "unclear";
}

function anyOf(patterns: readonly string[], branch: Branch): Match {
  const matches = patterns.map((p) => matchesRef(p, branch));
  return matches.includes("yes") ? "yes" : matches.includes("unclear") ? "unclear" : "no";
}

function matchesRef(pattern: string, branch: Branch): Match {
  if (pattern === "~ALL") return "yes";
  if (pattern === "~DEFAULT_BRANCH") return branch.isDefault ? "yes" : "no";
  const ref = `refs/heads/${branch.name}`;
  if (pattern === ref) return "yes";
  const glob = compileGlob(pattern, "branch");
  // Whatever the rest means, it cannot match a ref that does not begin as the pattern does.
  if (glob.kind === "bad") return ref.startsWith(/^[^*?[\]\\{}!]*/.exec(pattern)?.[0] ?? "") ? "unclear" : "no";
  const deep = glob.matches(ref);
  if (!pattern.endsWith("**")) return deep ? "yes" : "no";
  // At the end, fnmatch reads `**` as `*`, which stops at a slash; not every reader of the pattern knows.
  const shallow = compileGlob(pattern.slice(0, -1), "branch");
  return shallow.kind === "glob" && shallow.matches(ref) === deep ? (deep ? "yes" : "no") : "unclear";
}
