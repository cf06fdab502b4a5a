// Which functions of a server's catalog are harmless by their facts: what src/sqlguard/postgres/functions.ts is derived from.

import type pg from "pg";
import { z } from "zod";
import { forbidden, HARMLESS_VOLATILE } from "../../src/sqlguard/postgres/exceptions.ts";

/**
 * A name qualifies when every overload does: not a procedure, callable by anybody, IMMUTABLE or STABLE, and nothing that only
 * PostgreSQL's own machinery can call (its arguments and results are of no SQL type).
 */
const QUALIFIED = `
  select p.proname::text as name,
    bool_and(p.prokind <> 'p' and p.proacl is null and not exists (
      select from unnest(p.proargtypes::oid[] || p.prorettype || coalesce(p.proallargtypes, '{}')) as used(type)
      join pg_type y on y.oid = used.type
      where y.typname in ('internal', 'cstring', 'trigger', 'event_trigger', 'language_handler', 'fdw_handler',
        'index_am_handler', 'tsm_handler', 'table_am_handler', 'pg_ddl_command'))) as callable,
    bool_and(p.provolatile <> 'v') as steady
  from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.oid < 16384
  group by 1 order by p.proname::text collate "C"`;

const rows = z.array(z.object({ name: z.string(), callable: z.boolean(), steady: z.boolean() }));

export async function deriveFunctions(client: pg.Client): Promise<readonly string[]> {
  const found = rows.parse((await client.query(QUALIFIED)).rows);
  return found
    .filter(({ name, callable, steady }) => callable && (steady || HARMLESS_VOLATILE.includes(name)))
    .map(({ name }) => name)
    .filter((name) => forbidden(name) === undefined);
}

export async function deriveTypes(client: pg.Client): Promise<readonly string[]> {
  return namesOf(
    client,
    `select typname::text as name from pg_type where typnamespace = 'pg_catalog'::regnamespace
    and oid < 16384 and typtype in ('b', 'r', 'm') and typname !~ '^_'`,
  );
}

export async function deriveOperators(client: pg.Client): Promise<readonly string[]> {
  return namesOf(client, "select distinct oprname::text as name from pg_operator where oid < 16384");
}

async function namesOf(client: pg.Client, query: string): Promise<readonly string[]> {
  const read = z.array(z.object({ name: z.string() })).parse((await client.query(query)).rows);
  return read.map(({ name }) => name).toSorted();
}
