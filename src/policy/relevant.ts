// On what a set of rules can depend at all. Two calls that are alike in that get the same verdict, and the second one needs no engine:
// looking back over a month, most calls are like one before.

import { field } from "./field.ts";
import { mentionsOf } from "./mentions.ts";
import { questionOf, type Question } from "./request.ts";
import type { Facts } from "./facts.ts";
import type { Rule } from "./rule.ts";

type Head = keyof Question["context"];
const HEADS = ["tenant", "requester", "branch", "hazards", "shell", "areas", "paths", "lines", "sql", "batch", "window", "taint", "scores", "confidence", "irreversible"] as const satisfies readonly Head[]; // prettier-ignore

const clausesIn = (conditions: unknown): readonly unknown[] => (Array.isArray(conditions) ? conditions : []);

/**
 * A text that is the same for two calls only where no rule of the set can tell them apart. INVARIANT: that rests on what the linter refuses
 * (lint.ts): nothing reads the context but by its names, and `approval` and `argsHash` are compared with each other and with nothing else.
 */
export function telling(rules: readonly Pick<Rule, "json">[]): (facts: Facts) => string {
  const bodies = rules.map(({ json }) => field(json, "conditions")).flatMap(clausesIn);
  const paths = bodies.flatMap((clause) => mentionsOf(field(clause, "body"))).map(({ path }) => path);
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
      ...heads.map((head) => context[head]),
    ]);
  };
}
