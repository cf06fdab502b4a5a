import { appId, incomplete, known, unknown } from "#kernel";
import type { Known, List } from "#kernel";
import type { BypassActor, Ruleset } from "../facts.ts";
import type { BypassAnswer, RulesetAnswer, RulesetsAnswer } from "./answers.ts";

export function toRulesets(answer: RulesetsAnswer): List<Ruleset> {
  if (answer === null || answer === undefined) return incomplete("GitHub did not show the rulesets");
  const items = answer.nodes.map(toRuleset);
  const cut =
    answer.pageInfo.hasNextPage ||
    answer.nodes.some((r) => r.rules === null || r.rules === undefined || r.rules.pageInfo.hasNextPage);
  return cut ? incomplete("not every ruleset could be read whole", items) : { complete: true, items };
}

function toRuleset(answer: RulesetAnswer): Ruleset {
  const rules = answer.rules?.nodes ?? [];
  const has = (type: string): boolean => rules.some((rule) => rule.type === type);
  return {
    id: answer.databaseId ?? 0,
    name: answer.name,
    target: targetOf(answer.target),
    enforcement:
      answer.enforcement === "ACTIVE" ? "active" : answer.enforcement === "EVALUATE" ? "evaluate" : "disabled",
    include: answer.conditions?.refName?.include ?? [],
    exclude: answer.conditions?.refName?.exclude ?? [],
    bypassActors: bypassOf(answer.bypassActors),
    pullRequest: has("PULL_REQUEST"),
    requiredChecks: rules.flatMap((rule) =>
      (rule.parameters?.requiredStatusChecks ?? []).map((check) => ({
        context: check.context,
        integrationId:
          check.integrationId === null || check.integrationId === undefined ? null : appId(check.integrationId),
      })),
    ),
    blocksForcePush: has("NON_FAST_FORWARD"),
    blocksDeletion: has("DELETION"),
    restrictsUpdates: has("UPDATE"),
  };
}

function targetOf(target: string | null | undefined): Ruleset["target"] {
  const known = (["branch", "tag", "push", "repository"] as const).find((name) => name.toUpperCase() === target);
  return known ?? "unknown";
}

/** null means that we may not see them: whether anybody can walk around the ruleset is then not known. */
function bypassOf(answer: RulesetAnswer["bypassActors"]): Known<readonly BypassActor[]> {
  if (answer === null || answer === undefined) return unknown("GitHub does not show who may bypass this ruleset");
  if (answer.pageInfo.hasNextPage || answer.totalCount > answer.nodes.length)
    return unknown("not everybody who may bypass this ruleset could be read");
  return known(answer.nodes.map(toBypass));
}

function toBypass(answer: BypassAnswer): BypassActor {
  if (answer.organizationAdmin === true) return { kind: "organization_admin", id: null };
  if (answer.enterpriseOwner === true) return { kind: "enterprise_owner", id: null };
  if (answer.deployKey === true) return { kind: "deploy_key", id: null };
  if (answer.repositoryRoleDatabaseId !== null && answer.repositoryRoleDatabaseId !== undefined)
    return { kind: "role", id: answer.repositoryRoleDatabaseId };
  const id = answer.actor?.databaseId ?? null;
  const type = answer.actor?.__typename;
  return { kind: type === "App" ? "app" : type === "Team" ? "team" : "unknown", id };
}
