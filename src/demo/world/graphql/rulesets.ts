import { stamp } from "../model/clock.ts";
import { app as findApp, teamById } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import type { BypassActor, Rule, Ruleset } from "../model/rulesets.ts";
import { actor, appNode, teamNode } from "./actors.ts";
import { connection, type PageArgs } from "./connection.ts";
import { type Context, has } from "./context.ts";

function parameters(rule: Rule) {
  switch (rule.type) {
    case "required_status_checks":
      return {
        __typename: "RequiredStatusChecksParameters",
        doNotEnforceOnCreate: false,
        strictRequiredStatusChecksPolicy: rule.parameters.strict_required_status_checks_policy,
        requiredStatusChecks: rule.parameters.required_status_checks.map((check) => ({
          context: check.context,
          integrationId: check.integration_id ?? null,
        })),
      };
    case "pull_request":
      return {
        __typename: "PullRequestParameters",
        requiredApprovingReviewCount: rule.parameters.required_approving_review_count,
        dismissStaleReviewsOnPush: rule.parameters.dismiss_stale_reviews_on_push,
        requireCodeOwnerReview: rule.parameters.require_code_owner_review,
        requireLastPushApproval: rule.parameters.require_last_push_approval,
        requiredReviewThreadResolution: rule.parameters.required_review_thread_resolution,
      };
    case "update":
      return { __typename: "UpdateParameters", updateAllowsFetchAndMerge: false };
    case "creation":
    case "deletion":
    case "non_fast_forward":
    case "required_linear_history":
      return null;
  }
}

function bypassingActor(context: Context, ruleset: Ruleset, given: BypassActor) {
  if (given.actor_type === "Integration" && given.actor_id !== null) return appNode(findApp(context.w, given.actor_id));
  const team = given.actor_type === "Team" && given.actor_id !== null ? teamById(context.w, given.actor_id) : undefined;
  const owner =
    ruleset.source.kind === "organization" ? ruleset.source.id : context.w.repositories.get(ruleset.source.id)?.ownerId;
  const organisation = owner === undefined ? undefined : context.w.organisations.get(owner);
  return team === undefined || organisation === undefined ? null : teamNode(context, organisation, team);
}

const bypassNode = (context: Context, ruleset: Ruleset, given: BypassActor) => ({
  id: nodeId("RRB", `${ruleset.id}/${given.actor_type}/${given.actor_id}`),
  bypassMode: given.bypass_mode === "pull_request" ? "PULL_REQUEST" : "ALWAYS",
  deployKey: given.actor_type === "DeployKey",
  enterpriseOwner: false,
  organizationAdmin: given.actor_type === "OrganizationAdmin",
  repositoryRoleDatabaseId: given.actor_type === "RepositoryRole" ? given.actor_id : null,
  repositoryRoleName: given.actor_type === "RepositoryRole" && given.actor_id === 5 ? "admin" : null,
  actor: bypassingActor(context, ruleset, given),
});

function source(context: Context, ruleset: Ruleset) {
  const repo = context.w.repositories.get(ruleset.source.id);
  return ruleset.source.kind === "repository" && repo !== undefined
    ? context.nodes.repository(context, repo)
    : actor(context.w, ruleset.source.id);
}

export function rulesetNode(context: Context, ruleset: Ruleset) {
  const shown = has(context, "administration", "read") && !context.w.knobs.bypassActorsHidden;
  return {
    id: nodeId("RRS", ruleset.id),
    databaseId: ruleset.id,
    name: ruleset.name,
    target: ruleset.target.toUpperCase(),
    enforcement: ruleset.enforcement.toUpperCase(),
    createdAt: stamp(ruleset.createdAt),
    updatedAt: stamp(ruleset.updatedAt),
    source: () => source(context, ruleset),
    conditions: { refName: { include: ruleset.include, exclude: ruleset.exclude } },
    bypassActors: (args: PageArgs) =>
      shown ? connection("bypassActors", ruleset.bypassActors, args, (one) => bypassNode(context, ruleset, one)) : null,
    rules: (args: PageArgs) =>
      connection("rules", ruleset.rules, args, (rule) => ({
        id: nodeId("RRL", `${ruleset.id}/${rule.type}`),
        type: rule.type.toUpperCase(),
        parameters: parameters(rule),
      })),
  };
}
