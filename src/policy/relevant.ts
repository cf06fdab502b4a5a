// On what a set of rules can depend at all. Two calls that are alike in that get the same verdict, and the second one needs no engine:
// looking back over a month, most calls are like one before.

import { field } from "./field.ts";
import { mentionsOf } from "./mentions.ts";
import { questionOf, type Question } from "./request.ts";
import type { Facts } from "./facts.ts";
import type { Rule } from "./rule.ts";

type Head = keyof Question["context"];
const HEADS = ["tenant", "requester", "branch", "hazards", "shell", "areas", "paths", "lines", "sql", "batch", "window", "taint", "scores", "confidence", "irreversible"] as const satisfies readonly Head[]; // prettier-ignore

type Part = string | number | boolean | null | readonly Part[] | { readonly [name: string]: Part };
/** Numbers that the rules compare a fact with; null: they do something else with it, too. */
type Bounds = ReadonlyMap<string, readonly number[] | null>;

const ORDERS = ["==", "!=", "<", "<=", ">", ">="];

/** Of a condition: `context.lines > 2000` is `lines` and 2000. */
function comparisons(node: unknown): readonly (readonly [path: string, bound: number])[] {
  if (typeof node !== "object" || node === null) return [];
  const here = ORDERS.flatMap((operator) => {
    const asked = field(node, operator);
    const sides = [field(asked, "left"), field(asked, "right")];
    const bound = sides.map((side) => field(side, "Value")).find((value) => typeof value === "number");
    const [mention] = sides.flatMap(mentionsOf);
    return typeof bound === "number" && mention !== undefined ? [[mention.path.join("."), bound] as const] : [];
  });
  return [...here, ...Object.values(node).flatMap(comparisons)];
}

/** INVARIANT: a fact that is anywhere read but beside a number keeps its whole value: two calls may differ by it in ways not seen here. */
function boundsOf(bodies: readonly unknown[]): Bounds {
  const found = bodies.flatMap(comparisons);
  const mentioned = bodies.flatMap(mentionsOf).map(({ path }) => path.join("."));
  return new Map(
    [...new Set(mentioned)].map((path) => {
      const bounds = found.filter(([name]) => name === path).map(([, bound]) => bound);
      return [path, bounds.length === mentioned.filter((name) => name === path).length ? bounds : null];
    }),
  );
}

/** Of a number only where it stands among those that it is compared with: between the same two, no rule tells 7 from 9. */
function seen(value: Part, path: string, bounds: Bounds): Part {
  if (typeof value === "number") {
    const among = bounds.get(path) ?? null;
    return among === null
      ? value
      : among.reduce((sum, bound) => sum + (value > bound ? 2 : value === bound ? 1 : 0), 0);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  // What is in a record is named one by one, or the record as a whole is read.
  return Object.entries(value).map(([name, each]) =>
    bounds.has(path) || bounds.has(`${path}.${name}`) ? seen(each, `${path}.${name}`, bounds) : null,
  );
}

const clausesIn = (conditions: unknown): readonly unknown[] => (Array.isArray(conditions) ? conditions : []);

/**
 * A text that is the same for two calls only where no rule of the set can tell them apart. INVARIANT: that rests on what the linter refuses
 * (lint.ts): nothing reads the context but by its names, and `approval` and `argsHash` are compared with each other and with nothing else.
 */
export function telling(rules: readonly Pick<Rule, "json">[]): (facts: Facts) => string {
  const bodies = rules.map(({ json }) => field(json, "conditions")).flatMap(clausesIn);
  const conditions = bodies.map((clause) => field(clause, "body"));
  const paths = conditions.flatMap(mentionsOf).map(({ path }) => path);
  const bounds = boundsOf(conditions);
  const heads = HEADS.filter((head) => paths.some(([root, first]) => root === "context" && first === head));
  const asks = (part: "principal" | "resource"): boolean =>
    rules.some(({ json }) => field(field(json, part), "op") !== "All") || paths.some(([root]) => root === part);
  const [who, where] = [asks("principal"), asks("resource")];
  return (facts) => {
    const { principal, action, resource, context } = questionOf(facts);
    const approved = context.approval === undefined ? null : context.approval.argsHash === context.argsHash;
    return JSON.stringify([
      action.id,
      approved,
      who ? principal.id : null,
      where ? resource.id : null,
      ...heads.map((head) => seen(context[head], `context.${head}`, bounds)),
    ]);
  };
}
