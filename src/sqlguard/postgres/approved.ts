// What the walk and the catalog let through, as answers about the names of a plan.

import { relationRule } from "./relations.ts";
import { isReviewed, type OwnObject, type ReachedRelation } from "./catalog.ts";
import type { Classified } from "./classify.ts";
import { functionsOf } from "./functions.ts";
import type { Major } from "./majors.ts";
import type { Name, NameKind } from "./names.ts";
import type { Approved } from "./plan.ts";
import type { PlanName } from "./plan-words.ts";

export interface Looked {
  readonly statement: Classified;
  readonly bodies: readonly Classified[];
  readonly reached: readonly ReachedRelation[];
  /** Every function of the client's own with a name that the plan has. */
  readonly functions: readonly OwnObject[];
  readonly operators: readonly OwnObject[];
  readonly major: Major;
}

/** Behind what was reviewed as a whole: PostgreSQL's own views, and functions that a person listed. */
export interface Inside {
  /** schema.name */
  readonly relations: readonly string[];
  readonly bodies: readonly Classified[];
}

export function approvedBy(
  { statement, bodies, reached, functions, operators, major }: Looked,
  inside: Inside,
): Approved {
  const named = [statement, ...bodies, ...inside.bodies].flatMap(({ names }) => names);
  const relations = new Set([...reached.map(({ label }) => label), ...inside.relations]);
  const functionNames = keysOf(named, "function");
  const operatorNames = keysOf(named, "operator");
  // Written as x.f, and let through by the catalog: PostgreSQL prints f(x). Of the client's own alone.
  const attributes = keysOf(named, "attribute");
  return {
    // PostgreSQL's own ones the walk lets through by name; the others (pg_authid) only behind one of its views.
    relation: ({ schema, name }) =>
      relations.has(`${schema}.${name}`) ||
      ((schema === "pg_catalog" || schema === "information_schema") && relationRule(schema, name) === null),
    function: (name) => mayRun(name, functionNames, functions, functionsOf(major), attributes),
    operator: (name) => mayRun(name, operatorNames, operators, NO_NAMES, NO_NAMES),
  };
}

const NO_NAMES: ReadonlySet<string> = new Set();

const keyOf = (schema: string | null, name: string): string => JSON.stringify([schema, name]);

const keysOf = (names: readonly Name[], kind: NameKind): ReadonlySet<string> =>
  new Set(names.filter((each) => each.kind === kind).map(({ schema, name }) => keyOf(schema, name)));

/** INVARIANT: of a name without a schema, every object that it may mean is one that was approved. */
function mayRun(
  { schema, name }: PlanName,
  approved: ReadonlySet<string>,
  own: readonly OwnObject[],
  builtin: ReadonlySet<string>,
  attributes: ReadonlySet<string>,
): boolean {
  const meant = own.filter((each) => each.name === name && (schema === null ? each.visible : each.schema === schema));
  if (meant.length > 0)
    return meant.every(
      (each) =>
        isReviewed(each) ||
        approved.has(keyOf(each.schema, name)) ||
        (each.visible && approved.has(keyOf(null, name))) ||
        (each.takesRow && attributes.has(keyOf(null, name))),
    );
  const ours = schema === null || schema === "pg_catalog";
  if (ours) return builtin.has(name) || approved.has(keyOf(null, name)) || approved.has(keyOf("pg_catalog", name));
  return approved.has(keyOf(schema, name));
}
