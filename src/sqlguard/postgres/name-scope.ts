// Which names of a statement may stand for a masked column. One scope for the whole statement: names of inner queries are not told apart,
// which hides too much rather than too little.

import { isStar, leavesOf, targetsOf } from "./select-parts.ts";
import { isFields, items, names, tagged, text, type Fields } from "./tree.ts";

/** A relation as the client's catalog has it. */
export interface ShownRelation {
  readonly columns: ReadonlySet<string>;
  readonly masked: ReadonlySet<string>;
}

/** passed: an output is touched when it is a masked column. anywhere: when one has any part in it. */
type Touch = "passed" | "anywhere";

const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(["ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"]);

/** PostgreSQL reads x.f as f(x) where x is a row without a column f. These take any row, and tell more of it than that it is there. */
export const ROW_FUNCTIONS: ReadonlySet<string> = new Set(
  `any_value array_agg concat hash_record json_agg json_agg_strict json_build_array json_build_object jsonb_agg jsonb_agg_strict
  jsonb_build_array jsonb_build_object max min pg_column_compression pg_column_size pg_column_toast_chunk_id quote_literal quote_nullable
  record_out record_send row_to_json to_json to_jsonb`.split(/\s+/),
);

export class NameScope {
  /** No relation of the statement has a masked column: nothing to look at. */
  readonly clean: boolean;
  /** Fail closed: a masked column went where it cannot be followed. From then on every name counts as one. */
  lost = false;
  readonly #masked = new Set<string>();
  /** Every name that FROM gives to something; null where two have it, or where it is no plain relation. */
  readonly #ranges = new Map<string, ShownRelation | null>();
  readonly #find: (schema: string | null, name: string) => ShownRelation | null;
  readonly #touch: Touch;
  #ctes: ReadonlySet<string> = new Set();

  constructor(
    root: Fields,
    find: (schema: string | null, name: string) => ShownRelation | null,
    touch: Touch = "passed",
  ) {
    this.#find = find;
    this.#touch = touch;
    const all = nodesIn({ SelectStmt: root });
    this.#ctes = new Set(
      all.flatMap(({ tag, fields }) => (tag === "CommonTableExpr" ? [text(fields["ctename"])] : [])),
    );
    for (const name of this.#ctes) this.#range(name, null);
    for (const node of all) this.#ranged(node.tag, node.fields);
    this.clean = this.#masked.size === 0;
    if (this.clean) return;
    // A name given to a masked column is one itself; until nothing is added.
    for (let before = -1; before !== this.#masked.size;) {
      before = this.#masked.size;
      for (const { tag, fields } of all) this.#pass(tag, fields);
    }
  }

  masked(name: string): boolean {
    return this.lost || this.#masked.has(name);
  }

  rowFunction(name: string): boolean {
    return ROW_FUNCTIONS.has(name);
  }

  /** A reference to a column by name, or to a whole row. */
  touches(ref: Fields): boolean {
    const path = names(ref["fields"]);
    const last = path.at(-1) ?? "";
    const range = path.at(-2);
    if (range === undefined) {
      const row = this.#ranges.get(last);
      return this.masked(last) || row === null || (row !== undefined && row.masked.size > 0);
    }
    const relation = this.#ranges.get(range);
    if (relation !== null && relation !== undefined)
      return (
        relation.masked.has(last) ||
        (relation.masked.size > 0 && !relation.columns.has(last) && !SYSTEM_COLUMNS.has(last))
      );
    return this.masked(last) || ROW_FUNCTIONS.has(last);
  }

  touchesStar(val: unknown): boolean {
    const range = names(items(tagged(val)?.fields["fields"]).slice(0, -1)).at(-1);
    const relation = range === undefined ? null : this.#ranges.get(range);
    return relation === null || relation === undefined || relation.masked.size > 0;
  }

  /** An output as it stands. */
  touchesTarget(val: unknown): boolean {
    if (isStar(val)) return this.touchesStar(val);
    const node = tagged(val);
    if (node?.tag === "ColumnRef") return this.touches(node.fields);
    return this.#touch === "anywhere" && this.#within(val);
  }

  #within(value: unknown): boolean {
    return nodesIn(value).some(({ tag, fields }) => {
      // A window that is defined elsewhere may sort by anything.
      if (isFields(fields["over"]) && text(fields["over"]["name"]) !== "") return true;
      return tag === "ColumnRef"
        ? this.touchesTarget({ ColumnRef: fields })
        : tag === "A_Indirection" && names(fields["indirection"]).some((name) => this.masked(name));
    });
  }

  #range(name: string, relation: ShownRelation | null): void {
    this.#ranges.set(name, this.#ranges.has(name) ? null : relation);
  }

  #ranged(tag: string, fields: Fields): void {
    const alias = aliasOf(fields);
    if (tag === "RangeVar") {
      const name = text(fields["relname"]);
      const schema = text(fields["schemaname"]) === "" ? null : text(fields["schemaname"]);
      const relation = this.#find(schema, name);
      // INVARIANT: also of a name that a WITH query has in some part of the statement.
      for (const each of relation?.masked ?? []) this.#masked.add(each);
      const renamed = names(alias["colnames"]).length > 0;
      const known = !renamed && !(schema === null && this.#ctes.has(name));
      if (alias["aliasname"] !== undefined || known)
        this.#range(text(alias["aliasname"]) || name, known ? relation : null);
    } else if (alias["aliasname"] !== undefined) this.#range(text(alias["aliasname"]), null);
    const using = fields["join_using_alias"];
    if (tag === "JoinExpr" && isFields(using)) this.#range(text(using["aliasname"]), null);
  }

  #pass(tag: string, fields: Fields): void {
    const columns = names(aliasOf(fields)["colnames"]);
    switch (tag) {
      case "SelectStmt":
        return this.#passSelect(fields);
      case "CommonTableExpr":
        // What SEARCH and CYCLE add to a view's own query is made of its rows.
        if (fields["search_clause"] !== undefined || fields["cycle_clause"] !== undefined) this.lost = true;
        return this.#rename(fields["ctequery"], names(fields["aliascolnames"]));
      case "RangeSubselect":
        return this.#rename(fields["subquery"], columns);
      case "RangeVar": {
        const relation = this.#find(text(fields["schemaname"]) || null, text(fields["relname"]));
        if (relation === null || this.#ctes.has(text(fields["relname"]))) return this.#add(columns);
        const own = [...relation.columns];
        return this.#add(columns.filter((_, i) => relation.masked.has(own[i] ?? "")));
      }
      case "JoinExpr":
        return this.#add(columns);
      case "RangeFunction":
      case "RangeTableFunc":
      case "JsonTable":
        if (this.#touch === "anywhere" && this.#within(fields)) this.lost = true;
        return undefined;
      default:
        return undefined;
    }
  }

  #passSelect(select: Fields): void {
    const leaves = leavesOf(select);
    if (this.#touch === "anywhere" && leaves.some((leaf) => this.#within(leaf["valuesLists"]))) this.lost = true;
    const [first = select] = leaves;
    for (const [i, { name, val, star }] of targetsOf(first).entries()) {
      const touched = leaves.some((leaf) => {
        const own = targetsOf(leaf);
        // Behind a star positions are not known, and a VALUES has none of these: then any of its outputs counts.
        const any = leaf !== first && (own.some((each) => each.star) || targetsOf(first).some((each) => each.star));
        return any ? own.some((each) => this.touchesTarget(each.val)) : this.touchesTarget(own[i]?.val);
      });
      if (!touched) continue;
      if (star) {
        // The columns of the star keep their names; under which of them another branch puts it, nobody can say.
        if (leaves.length > 1) this.lost = true;
      } else this.#add([name ?? implied(val)]);
    }
    if (
      targetsOf(first).length === 0 &&
      leaves.slice(1).some((leaf) => targetsOf(leaf).some(({ val }) => this.touchesTarget(val)))
    )
      this.#add(VALUES_COLUMNS);
  }

  #rename(query: unknown, columns: readonly string[]): void {
    const select = tagged(query)?.fields;
    if (columns.length === 0 || select === undefined) return;
    for (const targets of leavesOf(select).map(targetsOf)) {
      const touched = (val: unknown): boolean => this.touchesTarget(val);
      // Behind a star nobody knows the positions.
      if (targets.some(({ star }) => star)) this.#add(targets.some(({ val }) => touched(val)) ? columns : []);
      else this.#add(columns.filter((_, i) => touched(targets[i]?.val)));
    }
  }

  #add(all: readonly string[]): void {
    for (const each of all) this.#masked.add(each);
  }
}

/** column1, ...: as PostgreSQL names the columns of VALUES, of which it takes no more than these. */
const VALUES_COLUMNS = Array.from({ length: 1664 }, (_, i) => `column${i + 1}`);

const aliasOf = (fields: Fields): Fields => {
  const { alias } = fields;
  return isFields(alias) ? alias : {};
};

/** The name of an output that was given none: PostgreSQL looks for one in the expression, and so for all that it might find. */
function implied(val: unknown): string {
  const node = tagged(val);
  return node?.tag === "ColumnRef" ? (names(node.fields["fields"]).at(-1) ?? "") : "?column?";
}

/** Every node in it, itself first; UNION's branches, which have no tag, as the SELECTs they are. */
function nodesIn(value: unknown): readonly { readonly tag: string; readonly fields: Fields }[] {
  const found: { readonly tag: string; readonly fields: Fields }[] = [];
  const look = (each: unknown): void => {
    if (Array.isArray(each)) for (const one of each) look(one);
    if (!isFields(each)) return;
    const node = tagged(each);
    if (node !== null && /^[A-Z]/.test(node.tag)) {
      found.push(node);
      return look(node.fields);
    }
    for (const [field, one] of Object.entries(each)) {
      if ((field === "larg" || field === "rarg") && isFields(one) && tagged(one) === null)
        found.push({ tag: "SelectStmt", fields: one });
      look(one);
    }
  };
  look(value);
  return found;
}
