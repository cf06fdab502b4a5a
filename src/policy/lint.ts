// What a rule may not say, read from its parsed form and not from its text. The engine would run such a rule; Countersign does not load it.

import { field } from "./field.ts";
import { mentionsOf, type Mention } from "./mentions.ts";
import type { Layer, Rule } from "./rule.ts";

/** The one exception that a YELLOW rule has, and must have: a person said yes to exactly these arguments. */
export const APPROVED = "context has approval && context.approval.argsHash == context.argsHash";

type Linted = Pick<Rule, "layer" | "effect" | "json">;

/** `approved` is APPROVED, parsed. Sentences, each with what to do. */
export function lint(rule: Linted, approved: unknown): readonly string[] {
  const clauses = clausesOf(rule.json);
  const mentions = clauses.flatMap(({ kind, body }) => (kind === "when" ? mentionsOf(body) : []));
  const unless = clauses.filter(({ kind }) => kind === "unless").map(({ body }) => body);
  return [
    ...layerFindings(rule.layer, rule.effect),
    ...unlessFindings(rule.effect, unless, approved),
    ...mentions.flatMap((mention) => mentionFindings(rule, mention)),
    ...(rule.layer === "floor" && !isUnscoped(rule.json)
      ? ["A rule of the floor is about every agent and every repository: leave its scope open."]
      : []),
  ];
}

const layerFindings = (layer: Layer, effect: Rule["effect"]): readonly string[] =>
  layer !== "platform" && effect === "permit"
    ? ["It permits. Only the platform's own rules may: a tenant can forbid more, and never allow more."]
    : [];

function unlessFindings(effect: Rule["effect"], unless: readonly unknown[], approved: unknown): readonly string[] {
  switch (effect) {
    case "permit":
    case "RED":
      return unless.length === 0
        ? []
        : [`A ${effect === "RED" ? "RED rule" : "permission"} has no "unless": say it with "when".`];
    case "YELLOW":
      return unless.length === 1 && JSON.stringify(unless[0]) === JSON.stringify(approved)
        ? []
        : [`A YELLOW rule has exactly one exception, a person's approval of exactly this: unless { ${APPROVED} }`];
  }
}

const DECIDED_BY_PEOPLE = new Set(["approval", "argsHash"]);
const RAISING = new Set(["scores", "taint", "hazards"]);
const SETS = new Set(["contains", "containsAny", "containsAll"]);

function mentionFindings({ effect, layer }: Linted, mention: Mention): readonly string[] {
  const [root, head = ""] = mention.path;
  if (root !== "context") {
    const plain = mention.polarity === "positive" && (mention.operator === "==" || mention.operator === "in");
    return effect === "RED" && (!plain || layer === "floor")
      ? [`A RED rule makes no exception for one ${root}: name those it is about in its head.`]
      : [];
  }
  if (mention.path.length === 1) return ["It compares the whole context. Name the facts that it is about."];
  if (DECIDED_BY_PEOPLE.has(head))
    return [
      effect === "RED"
        ? "A RED rule knows no approval: nothing overrides RED."
        : `What a person approved is asked in "unless" alone.`,
    ];
  if (effect === "RED" && (head === "tenant" || head === "requester"))
    return [`A RED rule makes no exception for one ${head}.`];
  if (!RAISING.has(head) && head !== "confidence") return [];
  if (effect === "permit") return [`A permission does not rest on ${head}: what screening saw can only forbid.`];
  return raises(head, mention) ? [] : [raisingSentence(head)];
}

/** INVARIANT (9): a higher score, more taint or less confidence never relaxes a verdict. */
function raises(head: string, { polarity, operator, side }: Mention): boolean {
  if (polarity !== "positive") return false;
  if (head === "confidence") return side === "left" ? ["<", "<="].includes(operator) : [">", ">="].includes(operator);
  if (head === "scores") return side === "left" ? [">", ">="].includes(operator) : ["<", "<="].includes(operator);
  return SETS.has(operator) && side === "left";
}

function raisingSentence(head: string): string {
  if (head === "confidence") return "Confidence is compared with < or <= and a number: more of it never forbids.";
  if (head === "scores") return "A score is compared with > or >= and a number: a higher one never relaxes a verdict.";
  return `${head} is asked with contains, containsAny or containsAll: more of it never relaxes a verdict.`;
}

interface Clause {
  readonly kind: string;
  readonly body: unknown;
}

function clausesOf(policy: unknown): readonly Clause[] {
  const conditions = field(policy, "conditions");
  if (!Array.isArray(conditions)) return [];
  return conditions.map((clause: unknown) => ({ kind: String(field(clause, "kind")), body: field(clause, "body") }));
}

const isUnscoped = (policy: unknown): boolean =>
  ["principal", "resource"].every((part) => field(field(policy, part), "op") === "All");
