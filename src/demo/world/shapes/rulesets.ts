import { stamp } from "../model/clock.ts";
import { fullName } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import type { Rule, Ruleset } from "../model/rulesets.ts";
import type { World } from "../world.ts";
import type { Shape } from "./shape.ts";

export function sourceName(w: World, ruleset: Ruleset): string {
  if (ruleset.source.kind === "organization") return w.accounts.get(ruleset.source.id)?.login ?? "ghost";
  const repo = w.repositories.get(ruleset.source.id);
  return repo === undefined ? "ghost" : fullName(w, repo);
}

const apiOf = (w: World, ruleset: Ruleset): string =>
  `${w.urls.api}/${ruleset.source.kind === "organization" ? "orgs" : "repos"}/${sourceName(w, ruleset)}/rulesets/${ruleset.id}`;

/** Lists leave out conditions, rules and bypass actors. */
export const rulesetListShape = (w: World, ruleset: Ruleset): Shape => ({
  id: ruleset.id,
  name: ruleset.name,
  target: ruleset.target,
  source_type: ruleset.source.kind === "organization" ? "Organization" : "Repository",
  source: sourceName(w, ruleset),
  enforcement: ruleset.enforcement,
  node_id: nodeId("RRS", ruleset.id),
  _links: {
    self: { href: apiOf(w, ruleset) },
    html: { href: `${w.urls.html}/${sourceName(w, ruleset)}/rules/${ruleset.id}` },
  },
  created_at: stamp(ruleset.createdAt),
  updated_at: stamp(ruleset.updatedAt),
});

const ruleShape = (rule: Rule): Shape =>
  rule.type === "pull_request" ? { ...rule, parameters: { ...rule.parameters } } : { ...rule };

export const rulesetShape = (w: World, ruleset: Ruleset, showBypass: boolean): Shape => ({
  ...rulesetListShape(w, ruleset),
  conditions: {
    ref_name: { include: [...ruleset.include], exclude: [...ruleset.exclude] },
    ...(ruleset.source.kind === "organization"
      ? { repository_name: { include: ["~ALL"], exclude: [], protected: true } }
      : {}),
  },
  rules: ruleset.rules.map(ruleShape),
  ...(showBypass
    ? { bypass_actors: ruleset.bypassActors.map((actor) => ({ ...actor })), current_user_can_bypass: "never" }
    : {}),
});
