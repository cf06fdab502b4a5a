// Reads what a statement's names are in the client's database, and the SQL behind its relations. All in the query's own
// transaction, so that what was judged is what runs.

import { z } from "zod";
import { LIMITS } from "../../limits.ts";
import type { Body, CatalogFacts } from "../../postgres/catalog.ts";
import type { Classified } from "../../postgres/classify.ts";
import type { Major } from "../../postgres/majors.ts";
import type { Name } from "../../postgres/names.ts";
import { TYPES } from "../../postgres/types-and-operators.ts";
import {
  castsOf,
  columnTypesOf,
  domainChecks,
  functionsNamed,
  operatorsNamed,
  typesNamed,
  type NamedType,
} from "./catalog-names.ts";
import { insideOf, resolve, type Inside, type Related } from "./catalog-relations.ts";
import type { Parser } from "./parser.ts";
import type { Session } from "./session.ts";

interface Reached extends Related {
  readonly offset: number;
}

const onlyPath = z.object({ path: z.string() });

export async function loadCatalog(
  session: Session,
  parser: Parser,
  statement: Classified,
  major: Major,
): Promise<CatalogFacts> {
  const [before] = await session.ask(onlyPath, "select pg_catalog.current_setting('search_path') as path");
  const setPath = async (path: string): Promise<void> => {
    await session.ask(onlyPath, "select pg_catalog.set_config('search_path', $1, true) as path", [path]);
  };
  const own = before?.path ?? "";
  const relations = await resolve(session, relationNames(statement));
  // Printed while only pg_catalog is searched, every other name carries its schema.
  await setPath("pg_catalog");
  const behind = await expand(session, parser, relations);
  await setPath(own);
  const all = [statement, ...behind.bodies.flatMap(({ classified }) => (classified === null ? [] : [classified]))];
  const bodies = [...behind.bodies];
  const types: NamedType[] = [];
  // A domain's check names types, too, whose checks run with it.
  for (let fresh = namesOf(all, "type"), round = 0; fresh.length > 0 && round <= LIMITS.viewDepth; round++) {
    const found = await typesNamed(session, fresh);
    const known = new Set(types.flatMap(({ parts }) => parts));
    types.push(...found);
    const added: Classified[] = [];
    const domains = found.flatMap(({ parts }) => parts).filter((oid) => !known.has(oid));
    for (const { of, sql } of await domainChecks(session, setPath, own, [...new Set(domains)])) {
      const classified = await parsed(parser, sql);
      bodies.push({ of, offset: -1, classified });
      if (classified !== null) added.push(classified);
    }
    const asked = new Set(types.map(({ own: { name } }) => name));
    fresh = namesOf(added, "type").filter((name) => !asked.has(name) && !TYPES.has(name));
  }
  const everything = [statement, ...bodies.flatMap(({ classified }) => (classified === null ? [] : [classified]))];
  const columns = await columnTypesOf(session, behind.reached);
  const named = types.flatMap(({ parts }) => parts);
  const reach = [...columns.reach, ...named];
  return {
    reached: behind.reached,
    functions: await functionsNamed(session, [...namesOf(everything, "function"), ...namesOf(everything, "attribute")]),
    operators: await operatorsNamed(session, namesOf(everything, "operator"), reach, major),
    types: types.map(({ own: object }) => object),
    unreadableTypes: columns.unreadable,
    casts: await castsOf(session, columns.reach, named, major),
    foreign: behind.reached
      .filter(({ kind, foreignChild }) => kind === "f" || foreignChild)
      .map(({ label, offset }) => ({ relation: label, offset })),
    bodies,
    tooDeep: behind.tooDeep,
  };
}

const namesOf = (all: readonly Classified[], kind: Name["kind"]): readonly string[] => [
  ...new Set(all.flatMap(({ names }) => names.filter((name) => name.kind === kind).map(({ name }) => name))),
];

const relationNames = ({ names }: Classified): readonly Name[] => names.filter(({ kind }) => kind === "relation");

export async function parsed(parser: Parser, sql: string): Promise<Classified | null> {
  const answer = await parser.classify(sql);
  return answer.kind === "classified" ? answer.classified : null;
}

export interface Behind {
  readonly reached: readonly Reached[];
  readonly bodies: readonly Body[];
  readonly tooDeep: readonly { readonly relation: string; readonly offset: number }[];
}

/** Views in views, policies and generated columns, each relation once. */
export async function expand(
  session: Session,
  parser: Parser,
  first: readonly (Related & { readonly offset?: number })[],
  whose: "the client's" | "PostgreSQL's own, too" = "the client's",
): Promise<Behind> {
  const seen = new Map<number, Reached>();
  const bodies: Body[] = [];
  let frontier: readonly Reached[] = first.map((each) => ({ offset: -1, ...each }));
  for (let depth = 0; frontier.length > 0; depth++) {
    const fresh = [...new Map(frontier.filter(({ oid }) => !seen.has(oid)).map((each) => [each.oid, each])).values()];
    // PostgreSQL's own views were reviewed with the lists; what is secret among them is refused by name.
    const looked = whose === "the client's" ? fresh.filter(({ builtin }) => !builtin) : fresh;
    if (depth > LIMITS.viewDepth || bodies.length > LIMITS.bodies)
      return {
        reached: [...seen.values()],
        bodies,
        tooDeep: looked.map(({ label, offset }) => ({ relation: label, offset })),
      };
    for (const each of fresh) seen.set(each.oid, each);
    const next: Reached[] = [];
    for (const inside of await insideOf(session, looked)) {
      const root = seen.get(inside.oid);
      const body = {
        of: nameOf(inside, root),
        offset: root?.offset ?? -1,
        classified: await parsed(parser, inside.sql),
      };
      bodies.push(body);
      if (body.classified !== null)
        next.push(
          ...(await resolve(session, relationNames(body.classified))).map((each) => ({ ...each, offset: body.offset })),
        );
    }
    frontier = next;
  }
  return { reached: [...seen.values()], bodies, tooDeep: [] };
}

const nameOf = ({ kind }: Inside, root: Reached | undefined): string => `the ${kind} of ${root?.label ?? "a relation"}`;
