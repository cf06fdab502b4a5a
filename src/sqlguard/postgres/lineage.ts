// Where values of masked columns can go. By names, and over-careful: a name that a masked column bears, or was given on its way, counts as
// that column wherever it is not clearly another table's.
//
// INVARIANT: a masked column stands in a statement only as an output that is passed on as it is, and there its value is hidden. In anything
// else (a condition, an expression, a function, an order, DISTINCT) it is refused: each of them tells the value bit by bit.

import type { Offence } from "../refusal.ts";
import { NameScope, type ShownRelation } from "./name-scope.ts";
import { isStar, leavesOf, targetsOf } from "./select-parts.ts";
import { integerOf, isFields, items, names, offsetOf, tagged, text, type Fields } from "./tree.ts";

export interface Lineage {
  readonly offences: readonly Offence[];
  /** Is the output column at this position, of this name, to be hidden? */
  readonly hides: (position: number, name: string) => boolean;
}

export type FindRelation = (schema: string | null, name: string) => ShownRelation | null;

const NOTHING: Lineage = { offences: [], hides: () => false };

/** `tree`: of one statement that passed the walk. */
export function lineage(tree: unknown, find: FindRelation): Lineage {
  const root = queryOf(tree);
  if (root === null) return NOTHING;
  const scope = new NameScope(root, find);
  if (scope.clean) return NOTHING;
  const reading = new Reading(scope);
  reading.select(root, "passes");
  // What EXPLAIN prints is the plan, which has no value of a row.
  return { offences: reading.offences, hides: isExplain(tree) ? () => false : hiderOf(root, scope) };
}

/** The output columns of a view's own query that a masked column has a part in: in any way, since the owner wrote it. */
export function maskedOutputs(tree: unknown, find: FindRelation, columns: readonly string[]): readonly string[] {
  const root = queryOf(tree);
  // Fail closed: a view that cannot be read shows nothing.
  if (root === null) return columns;
  const scope = new NameScope(root, find, "anywhere");
  if (scope.clean) return [];
  if (scope.lost) return columns;
  const hides = hiderOf(root, scope);
  return columns.filter((name, position) => hides(position, name));
}

const statementOf = (tree: unknown): ReturnType<typeof tagged> => {
  const [raw] = isFields(tree) ? items(tree["stmts"]) : [];
  return isFields(raw) ? tagged(raw["stmt"]) : null;
};

const isExplain = (tree: unknown): boolean => statementOf(tree)?.tag === "ExplainStmt";

function queryOf(tree: unknown): Fields | null {
  const root = statementOf(tree);
  if (root?.tag === "SelectStmt") return root.fields;
  const explained = root?.tag === "ExplainStmt" ? tagged(root.fields["query"]) : null;
  return explained?.tag === "SelectStmt" ? explained.fields : null;
}

function hiderOf(root: Fields, scope: NameScope): Lineage["hides"] {
  const leaves = leavesOf(root);
  if (!leaves.some((leaf) => targetsOf(leaf).some(({ star }) => star))) {
    const hidden = new Set(
      leaves.flatMap((leaf) => targetsOf(leaf).flatMap(({ val }, i) => (scope.touchesTarget(val) ? [i] : []))),
    );
    return (position) => hidden.has(position);
  }
  // How many columns a star stands for is not known here: then the name decides, and in a UNION everything is hidden.
  const all = leaves.length > 1;
  return (_, name) => all || scope.masked(name);
}

/** passes: its outputs go on as columns. exists: they go nowhere. value: they become part of an expression. */
type Use = "passes" | "exists" | "value";

class Reading {
  readonly offences: Offence[] = [];
  readonly #scope: NameScope;

  constructor(scope: NameScope) {
    this.#scope = scope;
  }

  select(select: Fields, use: Use): void {
    const parts: readonly (readonly [string, unknown])[] = Object.entries(select);
    for (const [field, value] of parts) {
      switch (field) {
        case "targetList":
          this.#targets(select, use);
          break;
        case "fromClause":
          for (const item of items(value)) this.#from(item);
          break;
        case "withClause":
          if (isFields(value)) for (const cte of items(value["ctes"])) this.#cte(tagged(cte)?.fields ?? {});
          break;
        case "larg":
        case "rarg":
          if (isFields(value)) this.select(value, use);
          break;
        case "distinctClause":
          if (this.#passes(select)) this.#refuse(this.#firstPassed(select), "DISTINCT");
          this.#value(value);
          break;
        case "sortClause":
        case "groupClause":
          this.#positions(select, value);
          this.#value(value);
          break;
        default:
          this.#value(value);
      }
    }
    // UNION ALL alone compares nothing.
    const { op } = select;
    const compares = op !== undefined && op !== "SETOP_NONE" && !(op === "SETOP_UNION" && select["all"] === true);
    if (compares && this.#passes(select)) this.#refuse(this.#firstPassed(select), text(op).replace("SETOP_", ""));
  }

  #targets(select: Fields, use: Use): void {
    for (const { val, star } of targetsOf(select)) {
      if (use === "value" && star && this.#scope.touchesStar(val)) this.#refuse(placeOf(val), "*");
      if (star) continue;
      if (tagged(val)?.tag !== "ColumnRef" || use === "value") this.#value(val);
    }
  }

  #cte(cte: Fields): void {
    // They sort and compare rows.
    if (cte["search_clause"] !== undefined || cte["cycle_clause"] !== undefined)
      this.#refuse(offsetOf(cte) ?? -1, "SEARCH or CYCLE");
    const query = tagged(cte["ctequery"]);
    if (query !== null) this.select(query.fields, "passes");
  }

  #from(item: unknown): void {
    const node = tagged(item);
    if (node === null || node.tag === "RangeVar") return;
    if (node.tag === "RangeSubselect") {
      const query = tagged(node.fields["subquery"]);
      if (query !== null) this.select(query.fields, "passes");
    } else if (node.tag === "JoinExpr") {
      // It may compare any column that both sides have.
      const at = placeIn(node.fields["rarg"]);
      if (node.fields["isNatural"] === true) this.#refuse(at, "NATURAL JOIN");
      for (const name of names(node.fields["usingClause"])) if (this.#scope.masked(name)) this.#refuse(at, name);
      this.#from(node.fields["larg"]);
      this.#from(node.fields["rarg"]);
      this.#value(node.fields["quals"]);
    } else this.#value(node.fields);
  }

  /** ORDER BY 2, GROUP BY 1, and what PostgreSQL reads in the same way: GROUP BY (1, 2), ROLLUP (1), GROUPING SETS ((1)). */
  #positions(select: Fields, clause: unknown): void {
    const leaves = leavesOf(select);
    // A star in any branch: which column stands at a position is not known.
    const starred = leaves.some((leaf) => targetsOf(leaf).some(({ star }) => star));
    for (const each of items(clause)) {
      const node = tagged(each);
      if (node?.tag === "GroupingSet") this.#positions(select, node.fields["content"]);
      if (node?.tag === "RowExpr") this.#positions(select, node.fields["args"]);
      const position = integerOf(node?.tag === "SortBy" ? node.fields["node"] : each);
      if (position === null) continue;
      const touched = leaves.some((leaf) => this.#scope.touchesTarget(targetsOf(leaf)[position - 1]?.val));
      if (starred ? this.#passes(select) : touched) this.#refuse(placeOf(each), `${position}`);
    }
  }

  /** Where the clause stands, the tree does not say: the output that it is about does. */
  #firstPassed(select: Fields): number {
    const passed = leavesOf(select).flatMap((leaf) =>
      targetsOf(leaf).filter(({ val }) => this.#scope.touchesTarget(val)),
    );
    return placeIn(passed[0]?.val);
  }

  readonly #passes = (select: Fields): boolean => passes(select, this.#scope);

  /** Anything that becomes part of a value, a condition or an order. */
  #value(value: unknown): void {
    if (Array.isArray(value)) for (const each of value) this.#value(each);
    if (!isFields(value)) return;
    const node = tagged(value);
    if (node?.tag === "ColumnRef") {
      if (isStar(value) ? this.#scope.touchesStar(value) : this.#scope.touches(node.fields))
        this.#refuse(offsetOf(node.fields) ?? -1, written(node.fields));
      return;
    }
    if (node?.tag === "SelectStmt") return this.select(node.fields, "value");
    if (node?.tag === "SubLink") {
      const query = tagged(node.fields["subselect"]);
      if (query !== null)
        this.select(query.fields, node.fields["subLinkType"] === "EXISTS_SUBLINK" ? "exists" : "value");
      return this.#value(node.fields["testexpr"]);
    }
    if (node?.tag === "A_Indirection")
      for (const name of names(items(node.fields["indirection"]).filter((each) => tagged(each)?.tag === "String")))
        if (this.#scope.masked(name) || this.#scope.rowFunction(name)) this.#refuse(placeOf(node.fields["arg"]), name);
    for (const each of Object.values(value)) this.#value(each);
  }

  #refuse(offset: number, what: string): void {
    this.offences.push({ rule: "column.masked", offset, text: what });
  }
}

/** Does any output of it pass a masked column on? */
export const passes = (select: Fields, scope: NameScope): boolean =>
  leavesOf(select).some((leaf) => targetsOf(leaf).some(({ val }) => scope.touchesTarget(val)));

/** The first place in it that the tree knows. */
function placeIn(value: unknown): number {
  if (Array.isArray(value)) return value.map(placeIn).find((at) => at >= 0) ?? -1;
  if (!isFields(value)) return -1;
  return offsetOf(value) ?? placeIn(Object.values(value));
}

const written = (ref: Fields): string => names(ref["fields"]).join(".");

const placeOf = (value: unknown): number => {
  const node = tagged(value);
  return node === null ? -1 : (offsetOf(node.fields) ?? placeOf(node.fields["node"]));
};
