/** GitHub's own words and shapes, as REST takes and gives them. */
export interface BypassActor {
  readonly actor_id: number | null;
  readonly actor_type: "Integration" | "OrganizationAdmin" | "RepositoryRole" | "Team" | "DeployKey";
  readonly bypass_mode: "always" | "pull_request" | "exempt";
}

export interface PullRequestRule {
  readonly type: "pull_request";
  readonly parameters: {
    readonly dismiss_stale_reviews_on_push: boolean;
    readonly require_code_owner_review: boolean;
    readonly require_last_push_approval: boolean;
    readonly required_approving_review_count: number;
    readonly required_review_thread_resolution: boolean;
  };
}

export interface RequiredChecksRule {
  readonly type: "required_status_checks";
  readonly parameters: {
    readonly required_status_checks: readonly { readonly context: string; readonly integration_id?: number }[];
    readonly strict_required_status_checks_policy: boolean;
  };
}

export interface PlainRule {
  readonly type: "deletion" | "non_fast_forward" | "creation" | "required_linear_history";
}

export interface UpdateRule {
  readonly type: "update";
}

export type Rule = PullRequestRule | RequiredChecksRule | PlainRule | UpdateRule;

export interface Ruleset {
  readonly id: number;
  name: string;
  readonly target: "branch" | "tag" | "push";
  enforcement: "active" | "evaluate" | "disabled";
  readonly source: { readonly kind: "repository" | "organization"; readonly id: number };
  include: readonly string[];
  exclude: readonly string[];
  bypassActors: readonly BypassActor[];
  rules: readonly Rule[];
  readonly createdAt: number;
  updatedAt: number;
}

/** What GitHub recorded when a push or a merge met the rulesets. */
export interface RuleSuite {
  readonly id: number;
  readonly actorId: number;
  readonly before: string;
  readonly after: string;
  readonly ref: string;
  readonly pushedAt: number;
  readonly result: "pass" | "fail" | "bypass";
}

const pattern = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replaceAll(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("**", "\u0000")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]")
      .replaceAll("\u0000", ".*")}$`,
  );

/** Whether a ruleset's conditions name a branch. */
export function applies(ruleset: Ruleset, branch: string, defaultBranch: string): boolean {
  if (ruleset.target !== "branch") return false;
  const names = (glob: string): boolean =>
    glob === "~ALL" ||
    (glob === "~DEFAULT_BRANCH" ? branch === defaultBranch : pattern(glob).test(`refs/heads/${branch}`));
  return ruleset.include.some(names) && !ruleset.exclude.some(names);
}
