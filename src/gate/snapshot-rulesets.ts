// REST rulesets. GitHub lists rulesets as summaries without rules, and leaves bypass actors out for readers who may not
// see them: neither is "no rules" or "no bypass".

import { appId, incomplete, known, unknown } from "#kernel";
import type { List } from "#kernel";
import type { BypassActor, RequiredCheck, Ruleset } from "./facts.ts";
import { mapped } from "./snapshot-document.ts";
import { firstProblem, requiredChecks } from "./snapshot-shapes.ts";
import type { RestRuleset } from "./snapshot-shapes.ts";

const ACTORS: ReadonlyMap<string, BypassActor["kind"]> = new Map([
  ["Integration", "app"],
  ["Team", "team"],
  ["RepositoryRole", "role"],
  ["OrganizationAdmin", "organization_admin"],
  ["DeployKey", "deploy_key"],
  ["EnterpriseOwner", "enterprise_owner"],
]);

export function toRulesets(list: List<RestRuleset>): List<Ruleset> {
  const items: Ruleset[] = [];
  let why: string | null = null;
  for (const rest of list.items) {
    const ruleset = toRuleset(rest);
    if (typeof ruleset === "string") why ??= `ruleset ${rest.id}: ${ruleset}`;
    else items.push(ruleset);
  }
  return why === null ? mapped(list, items) : incomplete(why, items);
}

function target(name: string): Ruleset["target"] {
  return name === "branch" || name === "tag" || name === "push" || name === "repository" ? name : "unknown";
}

/** The ruleset, or why it cannot be judged. Only branch rulesets matter; of others nothing is demanded. */
function toRuleset(rest: RestRuleset): Ruleset | string {
  const about = target(rest.target);
  const branches = about === "branch" || about === "unknown";
  if (branches && rest.rules === undefined) return "it is a summary without its rules";
  if (branches && rest.conditions?.ref_name === undefined)
    return "its conditions do not say which branches it is about";
  const checks = checksOf(rest);
  if (typeof checks === "string") return checks;
  const has = (type: string): boolean => (rest.rules ?? []).some((rule) => rule.type === type);
  return {
    id: rest.id,
    name: rest.name,
    target: about,
    enforcement: rest.enforcement,
    include: rest.conditions?.ref_name?.include ?? [],
    exclude: rest.conditions?.ref_name?.exclude ?? [],
    bypassActors:
      rest.bypass_actors == null
        ? unknown("bypass_actors is absent: the reader may not see them")
        : known(
            rest.bypass_actors.map((a): BypassActor => ({
              kind: ACTORS.get(a.actor_type) ?? "unknown",
              id: a.actor_id ?? null,
            })),
          ),
    pullRequest: has("pull_request"),
    requiredChecks: checks,
    blocksForcePush: has("non_fast_forward"),
    blocksDeletion: has("deletion"),
    restrictsUpdates: has("update"),
  };
}

function checksOf(rest: RestRuleset): readonly RequiredCheck[] | string {
  const found: RequiredCheck[] = [];
  for (const rule of rest.rules ?? []) {
    if (rule.type !== "required_status_checks") continue;
    const parsed = requiredChecks.safeParse(rule.parameters);
    if (!parsed.success) return `required_status_checks: ${firstProblem(parsed.error)}`;
    for (const check of parsed.data.required_status_checks) {
      found.push({
        context: check.context,
        integrationId: check.integration_id == null ? null : appId(check.integration_id),
      });
    }
  }
  return found;
}
