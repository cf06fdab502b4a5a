import type { World } from "../world.ts";
import { app as findApp, rulesetsOf } from "./find.ts";
import type { PullRequest } from "./pulls.ts";
import type { Repository } from "./repositories.ts";
import { applies, type BypassActor, type Ruleset } from "./rulesets.ts";

/** Whether an App may pass a ruleset by: only if the ruleset names it. */
const bypasses = (actor: BypassActor, appId: number): boolean =>
  actor.actor_type === "Integration" && actor.actor_id === appId;

export const activeRulesets = (w: World, repo: Repository, branch: string): readonly Ruleset[] =>
  rulesetsOf(w, repo).filter(
    (ruleset) => ruleset.enforcement === "active" && applies(ruleset, branch, repo.defaultBranch),
  );

function latestCheck(
  w: World,
  repo: Repository,
  sha: string,
  context: string,
  appId: number | undefined,
): "success" | "pending" | "failed" | "missing" {
  const runs = repo.checkRuns.filter(
    (run) => run.headSha === sha && run.name === context && (appId === undefined || run.appId === appId),
  );
  const statuses = repo.statuses.filter(
    (status) =>
      status.sha === sha &&
      status.context === context &&
      (appId === undefined || findApp(w, appId).botId === status.creatorId),
  );
  const run = runs.at(-1);
  if (run !== undefined) {
    if (run.status !== "completed") return "pending";
    // GitHub lets `neutral` and `skipped` satisfy a required check: that is why ours never says either (F07).
    return run.conclusion === "success" || run.conclusion === "neutral" || run.conclusion === "skipped"
      ? "success"
      : "failed";
  }
  const status = statuses.at(-1);
  if (status === undefined) return "missing";
  return status.state === "success" ? "success" : status.state === "pending" ? "pending" : "failed";
}

const approvals = (pull: PullRequest): number => {
  const last = new Map<number, string>();
  for (const review of pull.reviews)
    if (review.state !== "COMMENTED" && review.state !== "PENDING") last.set(review.authorId, review.state);
  return [...last.values()].filter((state) => state === "APPROVED").length;
};

/** What the rulesets would answer an App's merge of a commit onto a branch; empty: they let it through. */
export function violations(
  w: World,
  repo: Repository,
  pull: PullRequest,
  sha: string,
  appId: number,
): readonly string[] {
  const found: string[] = [];
  for (const ruleset of activeRulesets(w, repo, pull.baseRef)) {
    if (ruleset.bypassActors.some((actor) => bypasses(actor, appId))) continue;
    for (const rule of ruleset.rules) {
      if (rule.type === "update") found.push("Cannot update this protected ref.");
      if (rule.type === "pull_request" && approvals(pull) < rule.parameters.required_approving_review_count) {
        found.push(
          `At least ${rule.parameters.required_approving_review_count} approving review is required by reviewers with write access.`,
        );
      }
      if (rule.type !== "required_status_checks") continue;
      for (const check of rule.parameters.required_status_checks) {
        const state = latestCheck(w, repo, sha, check.context, check.integration_id);
        if (state === "missing") found.push(`Required status check "${check.context}" is expected.`);
        if (state === "pending") found.push(`Required status check "${check.context}" is in progress.`);
        if (state === "failed") found.push(`Required status check "${check.context}" is failing.`);
      }
    }
  }
  return found;
}
