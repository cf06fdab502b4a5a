// The client's own objects behind a statement, and what they mean for it (sql-guard.md 6.3). Pure: io/catalog.ts reads the facts.

import { NO_RULES, type AllowedFunction, type ClientRules } from "../masks.ts";
import type { Offence, Rule } from "../refusal.ts";
import type { Classified } from "./classify.ts";
import { extensionAllows } from "./extensions.ts";
import type { Name } from "./names.ts";

/** A function, operator or type that is not PostgreSQL's own. */
export interface OwnObject {
  readonly schema: string;
  readonly name: string;
  /** Found without its schema, by the session's search_path. */
  readonly visible: boolean;
  readonly extension: string | null;
  /** Functions: may be written as t.name, as it takes one row or anything. */
  readonly takesRow: boolean;
  /** A function that can be called with one argument. */
  readonly takesOne: boolean;
  /** Operators: every type it works on is PostgreSQL's own or one that this statement reaches. */
  readonly reached: boolean;
  /** Functions: SQL or PL/pgSQL with its caller's rights, as PostgreSQL prints its whole definition; null for any other. */
  readonly sha256: string | null;
  /** Functions: PostgreSQL has one of this name, too, which may be meant where no schema is written. */
  readonly twin: boolean;
  /**
   * Types: nothing of their own runs; their checks are looked at as bodies. Operators, and aggregates by all their functions: what is
   * behind is PostgreSQL's own.
   */
  readonly plain: boolean;
}

/** SQL that runs when a relation is read or a value converted: a view, a policy, a generated column, a domain's check. */
export interface Body {
  /** As the agent would name it: "the view shop.x". */
  readonly of: string;
  /** Where the statement reaches it. */
  readonly offset: number;
  /** Null: it could not be parsed. */
  readonly classified: Classified | null;
}

export interface ReachedRelation {
  readonly oid: number;
  /** schema.name */
  readonly label: string;
  /** pg_class.relkind */
  readonly kind: string;
  readonly builtin: boolean;
  /** A partition or child of it is a foreign table. */
  readonly foreignChild: boolean;
}

export interface CatalogFacts {
  /** Every relation that the statement reaches, also through views. */
  readonly reached: readonly ReachedRelation[];
  readonly functions: readonly OwnObject[];
  readonly operators: readonly OwnObject[];
  readonly types: readonly OwnObject[];
  /** Types of columns that are read whose output runs code that nobody reviewed. */
  readonly unreadableTypes: readonly { readonly type: string; readonly offset: number }[];
  /** Casts of the client's own between types that the statement reaches. */
  readonly casts: readonly { readonly from: string; readonly to: string; readonly offset: number }[];
  readonly foreign: readonly { readonly relation: string; readonly offset: number }[];
  readonly bodies: readonly Body[];
  /** Relations whose inside was not looked at: too many views inside views. */
  readonly tooDeep: readonly { readonly relation: string; readonly offset: number }[];
}

/** The client's own functions that it says an agent may call. */
type Listed = readonly AllowedFunction[];

/** Everything the first wall left open, and everything that the client's own objects add. */
export function judgeCatalog(
  statement: Classified,
  facts: CatalogFacts,
  { functions: listed, masks }: ClientRules = NO_RULES,
): readonly Offence[] {
  const open = new Set(statement.unknown.map(({ name }) => keyOf(name)));
  return [
    ...statement.offences,
    ...statement.unknown
      .filter(({ name }) => !allowed(name, facts) && !isListed(name, facts, listed))
      .map(({ name, offence }) => known(name, offence, facts)),
    ...statement.names
      .filter((name) => !open.has(keyOf(name)))
      .flatMap((name) => shadow(name, facts, listed, masks.length > 0)),
    ...facts.bodies.flatMap((body) => bodyOffences(body, facts, listed)),
    ...facts.unreadableTypes.map(({ type, offset }): Offence => ({ rule: "type.user", offset, text: type })),
    ...facts.casts.map(({ from, to, offset }): Offence => ({
      rule: "type.user",
      offset,
      text: `cast from ${from} to ${to}`,
    })),
    ...facts.foreign.map(({ relation, offset }): Offence => ({ rule: "relation.foreign", offset, text: relation })),
    ...facts.tooDeep.map(({ relation, offset }): Offence => ({ rule: "relation.unreadable", offset, text: relation })),
  ];
}

const keyOf = ({ kind, schema, name }: Name): string => JSON.stringify([kind, schema, name]);

const listOf = (name: Name, facts: CatalogFacts): readonly OwnObject[] => {
  switch (name.kind) {
    case "function":
      return facts.functions;
    case "operator":
      return facts.operators;
    case "type":
      return facts.types;
    case "relation":
    case "sampling":
    case "attribute":
      return [];
  }
};

const meant = (name: Name, all: readonly OwnObject[]): readonly OwnObject[] =>
  all.filter((each) => each.name === name.name && (name.schema === null ? each.visible : each.schema === name.schema));

export const isReviewed = (each: OwnObject): boolean =>
  each.extension !== null && extensionAllows(each.extension, each.name);

/** Every object that the name may mean is reviewed: PostgreSQL chooses among them by types that nobody knows here. */
function allowed(name: Name, facts: CatalogFacts): boolean {
  const found = meant(name, listOf(name, facts));
  // INVARIANT: a name that means nothing we have seen stays refused.
  return found.length > 0 && found.every((each) => isReviewed(each) || (each.plain && !mayBeTwin(name, each)));
}

/** INVARIANT: a name that no list knows is never taken for the client's while PostgreSQL itself has one of it. */
const mayBeTwin = (name: Name, each: OwnObject): boolean => name.schema === null && each.twin;

/**
 * INVARIANT: every overload that may be meant is listed as it is in the database now. What PostgreSQL's own names of harm are called by
 * was refused before any list is asked.
 */
function isListed(name: Name, facts: CatalogFacts, listed: Listed): boolean {
  if (name.kind !== "function") return false;
  const found = meant(name, facts.functions);
  return found.length > 0 && found.every((one) => !mayBeTwin(name, one) && (one.plain || isAmong(listed, one)));
}

const isAmong = (listed: Listed, one: OwnObject): boolean =>
  listed.some(({ schema, name, sha256 }) => schema === one.schema && name === one.name && sha256 === one.sha256);

/** The same offence, in the words for a function that is there. */
function known(name: Name, offence: Offence, facts: CatalogFacts): Offence {
  if (meant(name, listOf(name, facts)).length === 0) return offence;
  const rules: Partial<Record<Rule, Rule>> = {
    "function.unknown": "function.user",
    "operator.unknown": "operator.user",
    "type.unknown": "type.user",
  };
  const said = { ...offence, rule: rules[offence.rule] ?? offence.rule };
  const [one] = name.kind === "function" ? meant(name, facts.functions) : [];
  return one?.sha256 === null || one === undefined
    ? said
    : {
        ...said,
        instead: `Use built-in functions. A person may list it in client.yml, under sql.allow_functions: function: ${one.schema}.${one.name}, sha256: ${one.sha256}, and a reason.`,
      };
}

/** PostgreSQL's own name, for which the client has another object that PostgreSQL might choose. */
function shadow(name: Name, facts: CatalogFacts, listed: Listed, hides = false): readonly Offence[] {
  if (name.kind === "attribute") {
    // Where columns are hidden, x.f must not be f(x): a reviewed function (hstore's own) shows the whole row.
    const hidden = facts.functions.some(
      (each) =>
        each.name === name.name &&
        (each.takesRow || (name.ofValue === true && each.takesOne)) &&
        each.visible &&
        (hides || !(isReviewed(each) || isAmong(listed, each))),
    );
    return hidden ? [{ rule: "function.user", offset: name.offset, text: name.name }] : [];
  }
  if (name.schema !== null) return [];
  const others = meant(name, listOf(name, facts)).filter((each) => !isReviewed(each));
  if (name.kind === "function" && others.some((each) => !each.plain))
    return [{ rule: "function.shadowed", offset: name.offset, text: name.name }];
  if (name.kind === "operator" && others.some((each) => each.reached && !each.plain))
    return [{ rule: "operator.user", offset: name.offset, text: name.name }];
  // A type of the client never comes before pg_catalog's, which is searched first.
  return [];
}

function bodyOffences({ of, offset, classified }: Body, facts: CatalogFacts, listed: Listed): readonly Offence[] {
  if (classified === null) return [{ rule: "relation.unreadable", offset, text: of }];
  const inside = [
    ...classified.offences,
    // Printed while only pg_catalog was searched: an unqualified name is PostgreSQL's own.
    ...classified.unknown
      .filter(({ name }) => name.schema === null || !(allowed(name, facts) || isListed(name, facts, listed)))
      .map(({ offence }) => offence),
    ...classified.names.filter(({ kind }) => kind === "attribute").flatMap((name) => shadow(name, facts, listed)),
  ];
  return inside.map((offence) => ({ ...offence, offset, text: `${offence.text} in ${of}` }));
}
