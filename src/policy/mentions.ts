// Where a condition speaks of what: each attribute that it reads, with the operator around it and whether more of it makes the condition
// true (positive), false (negative), or either (mixed).

export interface Mention {
  /** `context`, `scores`, `injection`; or a variable alone. */
  readonly path: readonly string[];
  readonly polarity: Polarity;
  /** The operator that it stands in, "has" for a question whether it is there, "" for none. */
  readonly operator: string;
  readonly side: string;
}

type Polarity = "positive" | "negative" | "mixed";

interface Place {
  readonly polarity: Polarity;
  readonly operator: string;
  readonly side: string;
}

const flipped: Readonly<Record<Polarity, Polarity>> = { positive: "negative", negative: "positive", mixed: "mixed" };
const TRANSPARENT = new Set(["&&", "||"]);
/** Comparisons and set questions: true or false by themselves, with the polarity of the place they stand in. */
const QUESTIONS = new Set(["==", "!=", "<", "<=", ">", ">=", "in", "contains", "containsAll", "containsAny", "has"]);

export const mentionsOf = (condition: unknown): readonly Mention[] =>
  walk(condition, { polarity: "positive", operator: "", side: "" });

type Fields = readonly (readonly [string, unknown])[];
const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? Object.entries(value) : []);
const get = (fields: Fields, key: string): unknown => fields.find(([name]) => name === key)?.[1];

function walk(node: unknown, place: Place): readonly Mention[] {
  if (Array.isArray(node)) return node.flatMap((each: unknown) => walk(each, place));
  const [first] = fieldsOf(node);
  if (first === undefined) return [];
  const [operator, body] = first;
  if (operator === "Value") return [];
  const path = pathOf(node);
  if (path !== null) return [{ path, ...place }];
  const fields = fieldsOf(body);
  if (operator === "has") return hasMentions(fields, place);
  if (operator === "!")
    return walk(get(fields, "arg"), { ...place, operator: "", side: "", polarity: flipped[place.polarity] });
  if (operator === "if-then-else")
    return fields.flatMap(([part, each]) =>
      walk(each, { operator: "", side: "", polarity: part === "if" ? "mixed" : place.polarity }),
    );
  const known = TRANSPARENT.has(operator) || QUESTIONS.has(operator);
  const polarity = known ? place.polarity : "mixed";
  const inner = TRANSPARENT.has(operator) ? "" : operator;
  return (Array.isArray(body) ? Object.entries(body) : fields).flatMap(([side, each]) =>
    walk(each, { polarity, operator: inner, side }),
  );
}

function hasMentions(fields: Fields, { polarity }: Place): readonly Mention[] {
  const left = get(fields, "left");
  const attr = get(fields, "attr");
  const path = pathOf(left);
  const place = { polarity, operator: "has", side: "left" };
  const attrs = (Array.isArray(attr) ? attr : [attr]).filter((each): each is string => typeof each === "string");
  return path === null ? walk(left, { ...place, polarity: "mixed" }) : [{ path: [...path, ...attrs], ...place }];
}

/** `context.scores.injection`; null for everything that is no plain path. */
function pathOf(node: unknown): readonly string[] | null {
  const [first] = fieldsOf(node);
  if (first === undefined) return null;
  const [operator, body] = first;
  if (operator === "Var") return typeof body === "string" && body !== "action" ? [body] : null;
  if (operator !== ".") return null;
  const fields = fieldsOf(body);
  const inner = pathOf(get(fields, "left"));
  const attr = get(fields, "attr");
  return inner === null || typeof attr !== "string" ? null : [...inner, attr];
}
