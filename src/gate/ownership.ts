// Who must be among the approvers because of what changed: path rules, CODEOWNERS, the gate's own files, step-up.

import type { Instant, RepoName, UserId } from "#kernel";
import { FILES_CAP } from "./completeness.ts";
import type { Approver } from "./eligibility.ts";
import type { Facts } from "./facts.ts";
import { stepUpFor } from "./migrations.ts";
import type { Codeowners, EffectivePolicy, Owner, PathRule } from "./policy-types.ts";
import type { FailCode, Note } from "./verdict.ts";

export interface Demands {
  /** In alphabetical order. */
  readonly paths: readonly string[];
  /** The rules that something in this change falls under, each with the first path that does. */
  readonly rules: readonly { readonly rule: PathRule; readonly path: string }[];
  /** The most distinct approvers that any of them asks for. */
  readonly minApprovals: number;
}

/** One demand that is not met, as the sentence a human reads. */
export type Unmet = Note & { readonly code: FailCode };

/** A rename or copy falls under the rules of both its places: moving a file must not free it. */
export function demandsOf(facts: Facts, policy: EffectivePolicy): Demands {
  const paths: string[] = [];
  for (const { path, previousPath } of facts.files.items) {
    paths.push(path);
    if (previousPath !== null) paths.push(previousPath);
  }
  // So that the answer does not depend on the order in which files were listed, and a search ends at its first hit.
  paths.sort();
  const rules = policy.paths.flatMap((rule) => {
    const path = paths.find(rule.matches);
    return path === undefined ? [] : [{ rule, path }];
  });
  return {
    paths,
    rules,
    minApprovals: Math.max(1, policy.minApprovals, ...rules.map(({ rule }) => rule.minApprovals)),
  };
}

export function unmetDemands(
  facts: Facts,
  policy: EffectivePolicy,
  demands: Demands,
  approvers: readonly Approver[],
  headSince: Instant | null,
): readonly Unmet[] {
  const unmet: Unmet[] = [];
  const need = (code: FailCode, text: string, path?: string): void => {
    unmet.push(path === undefined ? { code, text } : { code, text, path });
  };
  // Behind GitHub's cap anything could hide, the gate's own configuration first of all (D17).
  if (facts.files.items.length >= FILES_CAP)
    need(
      "too_many_files",
      `GitHub lists at most ${FILES_CAP} changed files, so what else this change touches is not known. Split it.`,
    );
  for (const { rule, path } of demands.rules) unmetRule(rule, path, facts, approvers, headSince, need);
  const migration = stepUpFor(facts, policy);
  if (migration !== null) {
    const why = "has changes of the schema that a person must look at";
    unmetStepUp({ path: migration.path, why }, facts, approvers, headSince, need);
  }
  if (policy.codeowners !== null) unmetOwners(policy.codeowners, demands.paths, approvers, need);
  const guarded = demands.paths.find((p) => isGatesOwn(p, facts.pullRequest.repo));
  if (guarded !== undefined && !approvers.some((a) => ownsPolicy(a, policy))) {
    const who =
      policy.policyOwners.length === 0
        ? "somebody with admin permission"
        : `a member of ${policy.policyOwners.join(" or ")}`;
    need("missing_policy_owner", `${guarded} decides what this gate demands: ${who} must approve.`, guarded);
  }
  return unmet;
}

type Need = (code: FailCode, text: string, path?: string) => void;

function unmetRule(
  rule: PathRule,
  path: string,
  facts: Facts,
  approvers: readonly Approver[],
  headSince: Instant | null,
  need: Need,
): void {
  const qualified = approvers.filter(
    (a) => rule.teams.length === 0 || rule.teams.some((team) => a.person.teams.includes(team)),
  );
  if (rule.teams.length > 0 && !(qualified.length >= rule.minApprovals)) {
    need(
      "missing_team",
      `${path} needs ${rule.minApprovals} approval(s) from ${rule.teams.join(" or ")}, and has ${qualified.length}.`,
      path,
    );
  }
  if (rule.stepUp) unmetStepUp({ path, why: "is high-risk" }, facts, qualified, headSince, need);
}

function unmetStepUp(
  { path, why }: { readonly path: string; readonly why: string },
  facts: Facts,
  qualified: readonly Approver[],
  headSince: Instant | null,
  need: Need,
): void {
  const ids = new Set(qualified.map((a) => a.id));
  if (facts.stepUps.items.some((s) => confirms(s, facts, ids, headSince))) return;
  if (facts.stepUps.items.length === 0)
    need("step_up_missing", `${path} ${why}: one of its approvers must also press "Approve" in this check.`, path);
  else
    need(
      "step_up_invalid",
      `${path} ${why}, and the "Approve" button was pressed on another commit or by somebody whose approval does not count here.`,
      path,
    );
}

/** The button is bound to a head by GitHub; it counts from a human whose approval counts, pressed since this head is the head. */
function confirms(
  s: Facts["stepUps"]["items"][number],
  facts: Facts,
  qualified: ReadonlySet<UserId>,
  headSince: Instant | null,
): boolean {
  return (
    s.account.type === "User" &&
    qualified.has(s.account.id) &&
    s.sha === facts.pullRequest.headSha &&
    headSince !== null &&
    s.at > headSince &&
    s.at <= facts.now
  );
}

function unmetOwners(
  codeowners: Codeowners,
  paths: readonly string[],
  approvers: readonly Approver[],
  need: Need,
): void {
  const users = new Set(approvers.flatMap((a) => [a.login.toLowerCase(), a.person.account.login.toLowerCase()]));
  const teams = new Set<string>(approvers.flatMap((a) => [...a.person.teams]));
  const met = new Map<readonly Owner[], boolean>();
  const unmet = new Map<readonly Owner[], string>();
  for (const path of paths) {
    const owners = codeowners.ownersOf(path);
    let answer = met.get(owners);
    if (answer === undefined)
      met.set(owners, (answer = owners.length === 0 || owners.some((o) => approves(o, users, teams))));
    if (answer) continue;
    if (!unmet.has(owners)) unmet.set(owners, path);
  }
  for (const [owners, path] of unmet)
    need("missing_codeowner", `${path} is owned by ${owners.map(named).join(", ")}; none of them has approved.`, path);
}

function approves(owner: Owner, users: ReadonlySet<string>, teams: ReadonlySet<string>): boolean {
  switch (owner.kind) {
    case "user":
      return users.has(owner.login.toLowerCase());
    case "team":
      return teams.has(owner.team);
    // GitHub does not tell us whose address it is: nobody can be proven to be this owner.
    case "email":
      return false;
  }
}

function named(owner: Owner): string {
  switch (owner.kind) {
    case "user":
      return `@${owner.login}`;
    case "team":
      return `@${owner.team}`;
    case "email":
      return owner.email;
  }
}

const GATES_OWN: readonly string[] = [".github/merge-gate.yml", ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/** In the organisation's `.github` repository the file at the root is the policy of all the others. */
function isGatesOwn(path: string, repo: RepoName): boolean {
  return GATES_OWN.includes(path) || (path === "merge-gate.yml" && repo.toLowerCase().endsWith("/.github"));
}

function ownsPolicy({ person }: Approver, { policyOwners }: EffectivePolicy): boolean {
  return policyOwners.length === 0
    ? person.permission === "admin"
    : policyOwners.some((team) => person.teams.includes(team));
}
