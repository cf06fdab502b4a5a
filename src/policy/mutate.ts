// Rules with one thing changed each: cases that do not notice the change do not test the rule.

import { field } from "./field.ts";

export interface Mutant {
  /** What was changed, for people. */
  readonly says: string;
  /** The changed rule; null: it is gone. */
  readonly json: unknown;
}

const OTHERS: Readonly<Record<string, readonly string[]>> = {
  "==": ["!="],
  "!=": ["=="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "&&": ["||"],
  "||": ["&&"],
  contains: [],
  containsAny: ["containsAll"],
  containsAll: ["containsAny"],
};
const NEGATED = new Set(["contains", "containsAny", "containsAll", "has", "like"]);

/** Of the rule's parsed form. What stands in "unless" has one form that is checked elsewhere, and is left alone. */
export function mutantsOf(policy: unknown): readonly Mutant[] {
  const conditions = field(policy, "conditions");
  if (!Array.isArray(conditions)) return [{ says: "the rule deleted", json: null }];
  const changed = conditions.flatMap((clause: unknown, i): readonly Mutant[] =>
    field(clause, "kind") === "when"
      ? [...changesOf(field(clause, "body"))].map(({ says, json }) => ({
          says,
          json: replaced(policy, "conditions", conditions.with(i, replaced(clause, "body", json))),
        }))
      : [],
  );
  return [{ says: "the rule deleted", json: null }, ...changed];
}

function* changesOf(node: unknown): Generator<Mutant> {
  if (Array.isArray(node)) {
    for (const [i, each] of node.entries())
      for (const { says, json } of changesOf(each)) yield { says, json: node.with(i, json) };
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const [operator = ""] = Object.keys(node);
  const body = field(node, operator);
  if (operator === "Value") return;
  for (const other of OTHERS[operator] ?? [])
    if (!isSingleton(body)) yield { says: `${operator} made ${other}`, json: { [other]: body } };
  if (NEGATED.has(operator)) yield { says: `${operator} negated`, json: { "!": { arg: node } } };
  if (operator === "!") yield { says: "! taken away", json: field(body, "arg") };
  if (operator === "Set" && Array.isArray(body) && body.length > 1)
    for (const i of body.keys())
      yield { says: `${JSON.stringify(body[i])} left out`, json: { Set: body.toSpliced(i, 1) } };
  yield* within(node, operator, body);
}

function* within(node: object, operator: string, body: unknown): Generator<Mutant> {
  if (Array.isArray(body))
    for (const { says, json } of changesOf(body)) yield { says, json: replaced(node, operator, json) };
  else if (typeof body === "object" && body !== null)
    for (const [part, each] of Object.entries(body))
      for (const { says, json } of changesOf(each))
        yield { says, json: replaced(node, operator, replaced(body, part, json)) };
}

/** containsAny and containsAll of one member are the same question. */
function isSingleton(body: unknown): boolean {
  const set = field(field(body, "right"), "Set");
  return Array.isArray(set) && set.length < 2;
}

const replaced = (value: unknown, key: string, other: unknown): unknown =>
  typeof value === "object" && value !== null ? { ...value, [key]: other } : value;
