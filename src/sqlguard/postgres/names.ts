// The names a statement uses: what each function, operator, type and relation is, decides the catalog, not the tree.

import { items, names, offsetOf, tagged, text, type Fields } from "./tree.ts";

export type NameKind = "function" | "operator" | "type" | "relation" | "sampling" | "attribute";

export interface Name {
  readonly kind: NameKind;
  /** Null when it was written without one. */
  readonly schema: string | null;
  readonly name: string;
  /** Byte offset into the text. */
  readonly offset: number;
  /** Written with a database in front, or with more parts than there are. */
  readonly foreign: boolean;
  /** Of an attribute: what stands before the dot may be a value, and no row: then f of (x).f is any function of one argument. */
  readonly ofValue?: true;
}

function named(kind: NameKind, parts: readonly string[], offset: number): Name {
  return {
    kind,
    schema: parts.at(-2) ?? null,
    name: parts.at(-1) ?? "",
    offset,
    foreign: parts.length > 2 || parts.length === 0,
  };
}

/** Adds what this node names to `found`. Most nodes name nothing, and there are many nodes: no list is made for each. */
export function addNames(found: Name[], tag: string, fields: Fields, offset: number): void {
  switch (tag) {
    case "FuncCall":
      found.push(named("function", names(fields["funcname"]), offset));
      return;
    case "A_Expr":
      addOperators(found, fields, offset);
      return;
    case "SubLink": {
      const operator = names(fields["operName"]);
      if (operator.length > 0) found.push(named("operator", operator, offset));
      else if (fields["subLinkType"] === "ANY_SUBLINK") found.push(named("operator", EQUALS, offset));
      return;
    }
    case "CaseExpr":
      if (fields["arg"] !== undefined) found.push(named("operator", EQUALS, offset));
      return;
    case "JoinExpr":
      if (fields["isNatural"] === true || fields["usingClause"] !== undefined)
        found.push(named("operator", EQUALS, offset));
      return;
    case "SortBy": {
      if (fields["useOp"] === undefined) return;
      const operator = names(fields["useOp"]);
      if (operator.length > 0) found.push(named("operator", operator, offset));
      return;
    }
    case "TypeName":
      found.push(named("type", names(fields["names"]), offset));
      return;
    case "RangeTableSample":
      found.push(named("sampling", names(fields["method"]), offset));
      return;
    case "RangeVar": {
      const schema = text(fields["schemaname"]);
      found.push({
        kind: "relation",
        schema: schema === "" ? null : schema,
        name: text(fields["relname"]),
        offset,
        foreign: text(fields["catalogname"]) !== "",
      });
      return;
    }
    case "ColumnRef":
      // PostgreSQL reads t.f as f(t) when t has no such column.
      addAttributes(found, items(fields["fields"]), 1, offset, {});
      return;
    case "A_Indirection":
      // The node has no place of its own: that of what it is applied to is the nearest.
      addAttributes(found, items(fields["indirection"]), 0, placeOf(fields["arg"]) ?? offset, { ofValue: true });
      return;
    default:
  }
}

/** IN, USING, NATURAL JOIN and CASE x WHEN y compare by the operator of this name, found like any other. */
const EQUALS = ["="] as const;

/** The operators that run: the tree keeps "BETWEEN" where >= and <= do. */
function addOperators(found: Name[], fields: Fields, offset: number): void {
  switch (fields["kind"]) {
    case "AEXPR_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
      found.push(named("operator", [">="], offset), named("operator", ["<="], offset));
      return;
    case "AEXPR_NOT_BETWEEN":
    case "AEXPR_NOT_BETWEEN_SYM":
      found.push(named("operator", ["<"], offset), named("operator", [">"], offset));
      return;
    default:
      found.push(named("operator", names(fields["name"]), offset));
  }
}

function placeOf(node: unknown): number | null {
  const found = tagged(node);
  return found === null ? null : offsetOf(found.fields);
}

function addAttributes(
  found: Name[],
  path: readonly unknown[],
  from: number,
  offset: number,
  more: Pick<Name, "ofValue">,
): void {
  for (let i = from; i < path.length; i++) {
    const part = tagged(path[i]);
    if (part?.tag === "String") found.push({ ...named("attribute", [text(part.fields["sval"])], offset), ...more });
  }
}
