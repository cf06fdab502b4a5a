// Cedar, in this process. Its state lives in the module's memory: parsed sets by name, which cannot be unloaded. So each tenant has one
// name, reused (fresh names would leak), and a set that does not load leaves the one before in force.

import { preparsePolicySet, preparseSchema, statefulIsAuthorized, validate } from "@cedar-policy/cedar-wasm/nodejs";
import { parseFacts, type Facts } from "../facts.ts";
import { LIMITS } from "../limits.ts";
import { telling } from "../relevant.ts";
import { questionOf } from "../request.ts";
import { cited, type Finding, type Rule } from "../rule.ts";
import { SCHEMA, schemaFor } from "../schema.ts";
import { concerns } from "../scope.ts";
import type { Tool } from "../tools.ts";
import { failed, verdictOf, type Engine, type Verdict } from "../verdict.ts";
import { setHash } from "./rules.ts";

export type Loaded =
  | { readonly kind: "loaded"; readonly engine: Engine }
  | { readonly kind: "refused"; readonly findings: readonly Finding[] };

/** `alike`: a call that no rule of the set can tell from one before is not asked about again. For looking back, not for deciding. */
export type Memory = "none" | "alike";
const MOST_KNOWN = 100_000;

/** Tools whose schema is parsed, under the tool's own name. */
const schemas = new Set<Tool>();

/** Validation errors and warnings both refuse: a warning is a rule that can never apply, or that says something else than it seems to. */
export function validateRules(rules: readonly Rule[]): readonly Finding[] {
  const answer = validate({ schema: SCHEMA, policies: { staticPolicies: sourcesOf(rules) } });
  const whole = (says: string): Finding => ({ file: "", rule: null, says });
  if (answer.type === "failure") return [...answer.errors, ...answer.warnings].map(({ message }) => whole(message));
  const places = new Map(rules.map((rule) => [cited(rule), rule.file]));
  return [
    ...[...answer.validationErrors, ...answer.validationWarnings].map(({ policyId, error }) => ({
      file: places.get(policyId) ?? "",
      rule: policyId,
      says: error.message.replaceAll(/^for policy `[^`]*`, /g, ""),
    })),
    ...answer.otherWarnings.map(({ message }) => whole(message)),
  ];
}

const sourcesOf = (rules: readonly Rule[]): Record<string, string> =>
  Object.fromEntries(rules.map((rule) => [cited(rule), rule.source]));

/**
 * What a name stands for now, and for which tools its rules are parsed: a call's first one of a tool parses them, some milliseconds. An
 * engine kept from before must not answer by rules that are not its own.
 */
const inForce = new Map<string, { readonly set: string; readonly parsed: Set<Tool> }>();
/** A name is only ever made of a tenant and a tool, so that there are as many as there are of those. */
const sliceOf = (name: string, tool: Tool): string => `${name}/${tool}`;

/**
 * `name` is fixed for each tenant. The engine that was loaded under it before refuses from now on; where this set is refused, it stays in
 * force. A call is decided by the rules whose head concerns its tool: the others could not have applied.
 */
export function loadEngine(name: string, rules: readonly Rule[], memory: Memory = "none"): Loaded {
  const refused = (says: string): Loaded => ({ kind: "refused", findings: [{ file: "", rule: null, says }] });
  if (rules.length > LIMITS.rules)
    return refused(`There are ${rules.length} rules; with more than ${LIMITS.rules} a decision takes too long.`);
  const findings = validateRules(rules);
  if (findings.length > 0) return { kind: "refused", findings };
  const set = setHash(rules);
  inForce.set(name, { set, parsed: new Set() });
  return { kind: "loaded", engine: engineOf(name, set, rules, memory) };
}

function prepareSchema(tool: Tool): string | null {
  if (schemas.has(tool)) return null;
  if (preparseSchema(tool, schemaFor(tool)).type === "failure") return "The schema of the facts cannot be read.";
  schemas.add(tool);
  return null;
}

/** Rules that concern the tool, under the slice's name; what is wrong, or null. */
function prepare(name: string, set: string, rules: readonly Rule[], tool: Tool): string | null {
  const current = inForce.get(name);
  if (current?.set !== set) return "These rules are not in force any more. Decide again by those that are.";
  if (current.parsed.has(tool)) return null;
  const problem = prepareSchema(tool);
  if (problem !== null) return problem;
  const slice = rules.filter(({ json }) => concerns(json, tool));
  const prepared = preparsePolicySet(sliceOf(name, tool), { staticPolicies: sourcesOf(slice) });
  if (prepared.type === "failure") return prepared.errors.map(({ message }) => message).join("; ");
  current.parsed.add(tool);
  return null;
}

function engineOf(name: string, set: string, rules: readonly Rule[], memory: Memory): Engine {
  const byId = new Map(rules.map((rule) => [cited(rule), rule]));
  const known = new Map<string, Verdict>();
  const told = memory === "alike" ? telling(rules) : null;
  const ask = (facts: Facts): Verdict => {
    const problem = prepare(name, set, rules, facts.tool);
    if (problem !== null) return failed(set, problem);
    const answer = statefulIsAuthorized({
      ...questionOf(facts),
      preparsedPolicySetId: sliceOf(name, facts.tool),
      preparsedSchemaName: facts.tool,
      validateRequest: true,
      entities: [],
    });
    if (answer.type === "failure") return failed(set, ...answer.errors.map(({ message }) => message));
    const { decision, diagnostics } = answer.response;
    const errors = [
      ...diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`),
      ...answer.warnings.map(({ message }) => message),
    ];
    return verdictOf({ allowed: decision === "allow", deciding: diagnostics.reason, errors }, byId, set);
  };
  const decide = (document: unknown): Verdict => {
    const read = parseFacts(document);
    if (read.kind === "unusable") return failed(set, ...read.problems);
    if (told === null) return ask(read.facts);
    const key = told(read.facts);
    const before = known.get(key);
    if (before !== undefined) return before;
    const verdict = ask(read.facts);
    if (known.size < MOST_KNOWN) known.set(key, verdict);
    return verdict;
  };
  return {
    set,
    decide: async (document) => {
      try {
        return decide(document);
      } catch (error) {
        return failed(set, `The engine broke off: ${error instanceof Error ? error.message : "it gives no reason"}.`);
      }
    },
  };
}
