// Reading a tree of which nothing is believed yet.

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The only key; null where there is none, or more. Without a list of the keys: this runs for every node of every statement. */
export function tagOf(value: Fields): string | null {
  let tag: string | null = null;
  for (const key in value) {
    if (tag !== null) return null;
    tag = key;
  }
  return tag;
}

export function isEmpty(value: Fields): boolean {
  for (const _ in value) return false;
  return true;
}

/** {"Tag": {...}} as a pair; null for anything else. */
export function tagged(value: unknown): { readonly tag: string; readonly fields: Fields } | null {
  if (!isFields(value)) return null;
  const tag = tagOf(value);
  if (tag === null) return null;
  const fields = value[tag];
  return isFields(fields) ? { tag, fields } : null;
}

export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const stringOf = (value: unknown): string | null => {
  const node = tagged(value);
  return node?.tag === "String" ? text(node.fields["sval"]) : null;
};

/** PostgreSQL leaves an empty string out. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A list of String nodes; anything else in it becomes an empty name, which no list knows. */
export const names = (value: unknown): readonly string[] => items(value).map((each) => stringOf(each) ?? "");

/** A byte offset; PostgreSQL leaves 0 out and writes -1 for "nowhere". */
export const offsetOf = (fields: Fields): number | null => {
  const location = fields["location"];
  return typeof location === "number" && Number.isInteger(location) && location >= 0 ? location : null;
};

/** An integer constant, also with a sign. */
export function integerOf(value: unknown): number | null {
  const node = tagged(value);
  if (node?.tag === "A_Const") {
    const ival = node.fields["ival"];
    if (!isFields(ival)) return null;
    const number = ival["ival"] ?? 0;
    return typeof number === "number" ? number : null;
  }
  if (node?.tag === "A_Expr" && node.fields["kind"] === "AEXPR_OP" && node.fields["lexpr"] === undefined) {
    const number = integerOf(node.fields["rexpr"]);
    const [sign, ...more] = names(node.fields["name"]);
    return number !== null && more.length === 0 && (sign === "-" || sign === "+")
      ? sign === "-"
        ? -number
        : number
      : null;
  }
  return null;
}

/** A string constant. */
export function stringConstant(value: unknown): string | null {
  const node = tagged(value);
  if (node?.tag !== "A_Const") return null;
  const sval = node.fields["sval"];
  return isFields(sval) ? text(sval["sval"]) : null;
}
