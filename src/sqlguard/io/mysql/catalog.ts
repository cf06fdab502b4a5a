// Reads what a statement's relations are in the client's database, and the SQL behind its views. All in the query's own transaction.

import { z } from "zod";
import { LIMITS } from "../../limits.ts";
import type { Reached, Table, View } from "../../mysql/catalog.ts";
import type { Classified, Relation } from "../../mysql/classify.ts";
import { systemRelation } from "../../mysql/relations.ts";
import type { Parser } from "./parser.ts";
import type { Session } from "./session.ts";

const table = z.object({ schema: z.string(), name: z.string(), type: z.string(), engine: z.string().nullable() });
const definition = z.object({ body: z.string().nullable() });

type Body = Omit<Classified, "shape">;

/** What each relation of a statement is, and whether one of the server's own is among those without a schema. */
export interface Catalog {
  readonly reached: readonly Reached[];
  readonly secret: readonly Relation[];
}

export async function loadCatalog(session: Session, parser: Parser, relations: readonly Relation[]): Promise<Catalog> {
  const [now] = await session.ask(z.object({ current: z.string().nullable() }), "select database() as current");
  const current = now?.current ?? null;
  const secret: Relation[] = [];
  const reached: Reached[] = [];
  for (const relation of relations) {
    const schema = relation.schema ?? current;
    const own = schema === null ? "own" : systemRelation(schema, relation.name);
    // A name of WITH means nothing outside of its query: there it may be the server's own relation again.
    const hidden =
      own === "refused" && relation.maybeCte && schema !== null
        ? (await tablesNamed(session, schema, relation.name)).length === 0
        : false;
    if (own === "refused" && !hidden) secret.push(relation);
    if (own !== "own") continue;
    reached.push(await reach(session, parser, relation, schema));
  }
  return { reached, secret };
}

async function reach(session: Session, parser: Parser, relation: Relation, schema: string | null): Promise<Reached> {
  if (schema === null) return { relation, tables: [], views: [], tooDeep: false };
  const tables = await tablesNamed(session, schema, relation.name);
  const views: View[] = [];
  const others: Table[] = [];
  const seen = new Set<string>();
  let tooDeep = false;
  const look = async (found: readonly Table[], depth: number): Promise<void> => {
    for (const each of found) {
      const key = JSON.stringify([each.schema, each.name]);
      if (each.type !== "VIEW" || seen.has(key)) continue;
      seen.add(key);
      if (depth > LIMITS.viewDepth || seen.size > LIMITS.bodies) {
        tooDeep = true;
        return;
      }
      const body = await bodyOf(session, parser, each);
      views.push({ of: each, body });
      for (const inner of body?.relations ?? []) {
        if (inner.schema === null || systemRelation(inner.schema, inner.name) !== "own") continue;
        const behind = await tablesNamed(session, inner.schema, inner.name);
        others.push(...behind);
        // A view may read what its definer may and the login may not. What cannot be seen may be anything.
        if (behind.length === 0)
          views.push({ of: { schema: inner.schema, name: inner.name, type: "VIEW", engine: null }, body: null });
        await look(behind, depth + 1);
      }
    }
  };
  await look(tables, 0);
  return { relation, tables: [...tables, ...others], views, tooDeep };
}

/** Names are compared as the server's catalog compares them: more than one may be found. */
const tablesNamed = (session: Session, schema: string, name: string): Promise<readonly Table[]> =>
  session.ask(
    table,
    "select table_schema as `schema`, table_name as name, table_type as type, engine as engine from information_schema.tables where table_schema = ? and table_name = ?",
    [schema, name],
  );

async function bodyOf(session: Session, parser: Parser, view: Table): Promise<Body | null> {
  const [found] = await session.ask(
    definition,
    "select view_definition as body from information_schema.views where table_schema = ? and table_name = ?",
    [view.schema, view.name],
  );
  const body = found?.body ?? "";
  if (body === "") return null;
  const answer = await parser.classify(body);
  return answer.kind === "classified" ? answer.classified : null;
}
