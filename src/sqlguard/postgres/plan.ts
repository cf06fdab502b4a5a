// EXPLAIN (VERBOSE) of a statement, compared with what the walk and the catalog let through (sql-guard.md 6.3): views and policies are
// expanded in it, operators and functions are those that PostgreSQL chose. Pure.

import type { Offence } from "../refusal.ts";
import { OPERATORS } from "./types-and-operators.ts";
import { isFields, items, text } from "./tree.ts";
import { wordsOf, type PlanName } from "./plan-words.ts";

export interface Plan {
  readonly cost: number;
  readonly rows: number;
  readonly bytes: number;
  readonly relations: readonly PlanName[];
  readonly functions: readonly PlanName[];
  readonly operators: readonly PlanName[];
  /** Node types that no read has. */
  readonly strange: readonly string[];
  /** Of the whole query, in order: which columns of which relations each is made of, as far as the plan says. */
  readonly outputs: readonly (readonly Origin[])[];
}

interface Origin {
  /** Null: a bare column, of whatever relation. */
  readonly relation: PlanName | null;
  /** "*": the whole row. */
  readonly column: string;
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s*\n\s*|, /));

/** Nodes of a read that stays here. A version's new one is refused until it is added. */
const NODES = words(`
  Result, ProjectSet, Append, Merge Append, Recursive Union, BitmapAnd, BitmapOr, Nested Loop, Merge Join, Hash Join, Hash, Materialize, Memoize
  Sort, Incremental Sort, Seq Scan, Sample Scan, Index Scan, Index Only Scan, Bitmap Index Scan, Bitmap Heap Scan, Tid Scan, Tid Range Scan
  Subquery Scan, Function Scan, Table Function Scan, Values Scan, CTE Scan, WorkTable Scan, Group, Aggregate, WindowAgg, Unique, SetOp, Limit
  Gather, Gather Merge
`);

/** Texts that are no expressions. Whatever else a node has is looked through for names. */
const NO_EXPRESSION = words(`
  Node Type, Strategy, Partial Mode, Parent Relationship, Join Type, Scan Direction, Command, Subplan Name, Relation Name, Schema, Alias
  Index Name, CTE Name, Function Name, Table Function Name, Cache Mode
`);

interface Node {
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Null: it is no plan. `printed` is what EXPLAIN (VERBOSE, FORMAT JSON) gave, of which nothing is believed. */
export function readPlan(printed: unknown): Plan | null {
  const [first] = items(printed);
  const root = isFields(first) ? first["Plan"] : undefined;
  if (!isFields(root)) return null;
  const [cost, rows, width] = [root["Total Cost"], root["Plan Rows"], root["Plan Width"]];
  if (typeof cost !== "number" || typeof rows !== "number" || typeof width !== "number") return null;
  const nodes = nodesOf(root);
  const expressions = nodes.flatMap(({ fields }) => expressionsOf(fields)).map(wordsOf);
  return {
    cost,
    rows,
    bytes: rows * width,
    relations: nodes.flatMap(({ fields }) => named(fields, "Relation Name")),
    functions: unique([
      ...nodes.flatMap(({ fields }) => named(fields, "Function Name")),
      ...expressions.flatMap(({ functions }) => functions),
    ]),
    operators: unique(expressions.flatMap(({ operators }) => operators)),
    strange: nodes.map(({ fields }) => text(fields["Node Type"])).filter((type) => !NODES.has(type)),
    outputs: items(root["Output"]).map((each) => originsOf(text(each), nodes, new Set())),
  };
}

function nodesOf(root: Readonly<Record<string, unknown>>): readonly Node[] {
  const found: Node[] = [];
  const open: unknown[] = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    // What is no node is none that is known: it has no type.
    const fields = isFields(next) ? next : {};
    found.push({ fields });
    open.push(...items(fields["Plans"]));
  }
  return found;
}

function expressionsOf(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(fields).flatMap(([key, value]) =>
    NO_EXPRESSION.has(key) ? [] : typeof value === "string" ? [value] : key === "Plans" ? [] : stringsIn(value),
  );
}

const stringsIn = (value: unknown): readonly string[] =>
  typeof value === "string"
    ? [value]
    : Array.isArray(value)
      ? value.flatMap(stringsIn)
      : isFields(value)
        ? Object.values(value).flatMap(stringsIn)
        : [];

const named = (
  fields: Readonly<Record<string, unknown>>,
  key: "Relation Name" | "Function Name",
): readonly PlanName[] =>
  fields[key] === undefined ? [] : [{ schema: text(fields["Schema"]), name: text(fields[key]) }];

const keyOf = ({ schema, name }: PlanName): string => JSON.stringify([schema, name]);

const unique = (names: readonly PlanName[]): readonly PlanName[] => [
  ...new Map(names.map((each) => [keyOf(each), each])).values(),
];

function originsOf(expression: string, nodes: readonly Node[], seen: Set<string>): readonly Origin[] {
  const { columns, subplans } = wordsOf(expression);
  const direct = columns.flatMap(({ alias, column }): readonly Origin[] => {
    if (alias === null) return [{ relation: null, column }];
    const scans = nodes.filter(({ fields }) => fields["Alias"] === alias && fields["Relation Name"] !== undefined);
    return scans.flatMap(({ fields }) => named(fields, "Relation Name")).map((relation) => ({ relation, column }));
  });
  const behind = subplans
    .filter((name) => !seen.has(name))
    .flatMap((name) => {
      seen.add(name);
      return nodes
        .filter(({ fields }) => isNamed(text(fields["Subplan Name"]), name))
        .flatMap(({ fields }) => items(fields["Output"]).flatMap((each) => originsOf(text(each), nodes, seen)));
    });
  return [...direct, ...behind];
}

/** "SubPlan 1", or "InitPlan 1 (returns $0,$1)". */
const isNamed = (subplan: string, name: string): boolean =>
  subplan === name ||
  subplan.startsWith(`${name} `) ||
  (name.startsWith("$") && subplan.split(/[ (),]/).includes(name));

/** What the walk and the catalog let through. */
export interface Approved {
  /** `schema.name` of every relation that was looked at, its children, and what PostgreSQL's own views read. */
  readonly relation: (name: PlanName) => boolean;
  readonly function: (name: PlanName) => boolean;
  readonly operator: (name: PlanName) => boolean;
}

/** What PostgreSQL would run that nobody approved. */
export function strangersIn(plan: Plan, approved: Approved): readonly Offence[] {
  const written = ({ schema, name }: PlanName): string => (schema === null ? name : `${schema}.${name}`);
  const offence = (what: string): Offence => ({ rule: "plan.unapproved", offset: -1, text: what });
  return [
    ...plan.strange.map((type) => offence(type === "" ? "a part without a name" : type)),
    ...unique(plan.relations.filter((each) => !approved.relation(each))).map((each) => offence(written(each))),
    ...plan.functions.filter((each) => !approved.function(each)).map((each) => offence(`${written(each)}()`)),
    ...plan.operators
      .filter((each) => !(each.schema === null && OPERATORS.has(each.name)) && !approved.operator(each))
      .map((each) => offence(`the operator ${written(each)}`)),
  ];
}

/** `schema.table` of the masked columns. A position of the result that the plan makes of one is hidden, whatever the walk said. */
export function maskedPositions(plan: Plan, masked: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<number> {
  const everywhere = new Set([...masked.values()].flatMap((columns) => [...columns]));
  const hidden = ({ relation, column }: Origin): boolean => {
    if (relation === null) return everywhere.has(column);
    const columns = masked.get(`${relation.schema}.${relation.name}`);
    return columns !== undefined && (column === "*" || columns.has(column));
  };
  return new Set(plan.outputs.flatMap((origins, position) => (origins.some(hidden) ? [position] : [])));
}
