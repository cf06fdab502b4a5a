import { account, organisation, ownerOf, repository } from "../model/find.ts";
import type { BypassActor, Rule, Ruleset } from "../model/rulesets.ts";
import { rulesetShape } from "../shapes/rulesets.ts";
import type { World } from "../world.ts";
import { emit, emitTo, installationsOfAccount } from "../deliveries/emit.ts";

export interface NewRuleset {
  /** `acme/app`, or `acme` for the organisation's own. */
  readonly on: string;
  readonly name?: string;
  readonly enforcement?: Ruleset["enforcement"];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly bypassActors?: readonly BypassActor[];
  readonly rules: readonly Rule[];
}

function listOf(w: World, on: string): Ruleset[] {
  return on.includes("/") ? repository(w, on).rulesets : organisation(w, on).rulesets;
}

function announce(w: World, on: string, ruleset: Ruleset, action: string, by: string, more = {}): void {
  const happening = {
    event: "repository_ruleset",
    action,
    sender: account(w, by),
    body: { repository_ruleset: rulesetShape(w, ruleset, true), ...more },
  };
  if (on.includes("/")) emit(w, repository(w, on), happening);
  else emitTo(w, installationsOfAccount(w, account(w, on).id), happening);
}

export function addRuleset(w: World, given: NewRuleset, by?: string): number {
  const isRepo = given.on.includes("/");
  const added: Ruleset = {
    id: w.ids.next("ruleset"),
    name: given.name ?? "production",
    target: "branch",
    enforcement: given.enforcement ?? "active",
    source: isRepo
      ? { kind: "repository", id: repository(w, given.on).id }
      : { kind: "organization", id: account(w, given.on).id },
    include: given.include ?? ["~DEFAULT_BRANCH"],
    exclude: given.exclude ?? [],
    bypassActors: given.bypassActors ?? [],
    rules: given.rules,
    createdAt: w.now(),
    updatedAt: w.now(),
  };
  listOf(w, given.on).push(added);
  announce(w, given.on, added, "created", by ?? (isRepo ? ownerOf(w, repository(w, given.on)).login : given.on));
  return added.id;
}

function find(w: World, on: string, id: number): Ruleset {
  const found = listOf(w, on).find((ruleset) => ruleset.id === id);
  if (found === undefined) throw new Error(`The world has no ruleset ${id} on ${on}.`);
  return found;
}

type Change = Partial<Pick<Ruleset, "name" | "enforcement" | "include" | "exclude" | "bypassActors" | "rules">>;

export function changeRuleset(
  w: World,
  given: { readonly on: string; readonly id: number; readonly by: string; readonly to: Change },
): void {
  const found = find(w, given.on, given.id);
  const changes = {
    ...(given.to.name === undefined ? {} : { name: { from: found.name } }),
    ...(given.to.enforcement === undefined ? {} : { enforcement: { from: found.enforcement } }),
  };
  Object.assign(found, given.to, { updatedAt: w.now() });
  announce(w, given.on, found, "edited", given.by, { changes });
}

export function deleteRuleset(
  w: World,
  given: { readonly on: string; readonly id: number; readonly by: string },
): void {
  const found = find(w, given.on, given.id);
  const list = listOf(w, given.on);
  list.splice(list.indexOf(found), 1);
  announce(w, given.on, found, "deleted", given.by);
}

/** The rules of a sound production branch: a pull request, the pinned check, no force-push, no deletion. */
export const soundRules = (appId: number, check = "countersign"): readonly Rule[] => [
  {
    type: "pull_request",
    parameters: {
      dismiss_stale_reviews_on_push: false,
      require_code_owner_review: false,
      require_last_push_approval: false,
      required_approving_review_count: 0,
      required_review_thread_resolution: false,
    },
  },
  {
    type: "required_status_checks",
    parameters: {
      strict_required_status_checks_policy: false,
      required_status_checks: [{ context: check, integration_id: appId }],
    },
  },
  { type: "non_fast_forward" },
  { type: "deletion" },
];
