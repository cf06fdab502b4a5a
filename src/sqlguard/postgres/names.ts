// The names a statement uses: what each function, operator, type and relation is, decides the catalog, not the tree.

import type { Visit } from "./walk.ts";
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

/** Most nodes name nothing, and there are many nodes. */
const NONE: readonly Name[] = [];

export function namesOf({ tag, fields, offset }: Visit): readonly Name[] {
  switch (tag) {
    case "FuncCall":
      return [named("function", names(fields["funcname"]), offset)];
    case "A_Expr":
      return operatorsOf(fields).map((operator) => named("operator", operator, offset));
    case "SubLink": {
      const operator = names(fields["operName"]);
      if (operator.length > 0) return [named("operator", operator, offset)];
      return fields["subLinkType"] === "ANY_SUBLINK" ? [named("operator", EQUALS, offset)] : [];
    }
    case "CaseExpr":
      return fields["arg"] === undefined ? [] : [named("operator", EQUALS, offset)];
    case "JoinExpr":
      return fields["isNatural"] === true || fields["usingClause"] !== undefined
        ? [named("operator", EQUALS, offset)]
        : [];
    case "SortBy": {
      const operator = names(fields["useOp"]);
      return operator.length === 0 ? [] : [named("operator", operator, offset)];
    }
    case "TypeName":
      return [named("type", names(fields["names"]), offset)];
    case "RangeTableSample":
      return [named("sampling", names(fields["method"]), offset)];
    case "RangeVar": {
      const database = text(fields["catalogname"]);
      const schema = text(fields["schemaname"]);
      const relation = named("relation", [...(schema === "" ? [] : [schema]), text(fields["relname"])], offset);
      return [{ ...relation, foreign: database !== "" }];
    }
    case "ColumnRef":
      // PostgreSQL reads t.f as f(t) when t has no such column.
      return attributes(items(fields["fields"]).slice(1), offset);
    case "A_Indirection":
      // The node has no place of its own: that of what it is applied to is the nearest.
      return attributes(items(fields["indirection"]), placeOf(fields["arg"]) ?? offset);
    default:
      return NONE;
  }
}

/** IN, USING, NATURAL JOIN and CASE x WHEN y compare by the operator of this name, found like any other. */
const EQUALS = ["="] as const;

/** The operators that run: the tree keeps "BETWEEN" where >= and <= do. */
function operatorsOf(fields: Fields): readonly (readonly string[])[] {
  switch (fields["kind"]) {
    case "AEXPR_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
      return [[">="], ["<="]];
    case "AEXPR_NOT_BETWEEN":
    case "AEXPR_NOT_BETWEEN_SYM":
      return [["<"], [">"]];
    default:
      return [names(fields["name"])];
  }
}

function placeOf(node: unknown): number | null {
  const found = tagged(node);
  return found === null ? null : offsetOf(found.fields);
}

function attributes(path: readonly unknown[], offset: number): readonly Name[] {
  return path.flatMap((each) => {
    const part = tagged(each);
    return part?.tag === "String" ? [named("attribute", [text(part.fields["sval"])], offset)] : [];
  });
}
