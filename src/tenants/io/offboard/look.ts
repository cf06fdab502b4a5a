// The auditor's questions to the database. Each gives a sentence for everything that it finds.

import sql, { raw } from "sql-template-tag";
import { z } from "zod";
import type { TenantId } from "#kernel";
import type { Statements } from "#platform/postgres";
import { OUR_OWN_WORDS, STAYS, WITHOUT_TENANT } from "../../reviewed.ts";
import { tenantTables } from "./rows.ts";

/** A name from the catalog, as a statement may have it. */
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const count = z.object({ n: z.int() });

/** How many rows each table has of it, those that stay for ever left out. */
export async function rowsOf(tx: Statements, tenantId: TenantId): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const { table, schema, name } of await tenantTables(tx)) {
    if (STAYS[table] !== undefined) continue;
    const { n } = await tx.one(
      sql`select count(*)::int as n from ${raw(`${quoted(schema)}.${quoted(name)}`)} where tenant_id = ${tenantId}::uuid`,
      count,
    );
    found[table] = n;
  }
  return found;
}

/** (a) */
export async function rowsLeft(tx: Statements, tenantId: TenantId): Promise<readonly string[]> {
  return Object.entries(await rowsOf(tx, tenantId))
    .filter(([, n]) => n > 0)
    .map(([table, n]) => `${n} rows in ${table}`);
}

/** (b) */
export async function registeredTables(tx: Statements): Promise<readonly string[]> {
  const tables = await platformTables(tx);
  return tables.filter(({ table }) => WITHOUT_TENANT[table] === undefined).map(({ table }) => `${table} is on no list`);
}

/** Tables without a tenant_id, and their columns that hold text. */
const platformTables = (tx: Statements) =>
  tx.many(
    sql`select n.nspname || '.' || c.relname as table, n.nspname::text as schema, c.relname::text as name,
        array(select a.attname::text from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type e on e.oid = t.typelem
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and coalesce(nullif(t.typname, '')::text, '') ~ '^_?(text|varchar|bpchar|name|json|jsonb|citext|xml)$' order by a.attnum) as columns
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'f', 'm') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
      order by 1`,
    z.object({ table: z.string(), schema: z.string(), name: z.string(), columns: z.array(z.string()) }),
  );

interface Named {
  readonly tenantId: TenantId;
  readonly prefix: string | null;
}

/** The whole word, whatever its case: "acme" is neither in "acmes" nor in "pacme". */
const wordOf = (prefix: string): string => `(^|[^a-z0-9])${prefix}($|[^a-z0-9])`;

/** (c) The tenant's own row of the registry has its name until the very end. */
export async function namesIn(tx: Statements, { tenantId, prefix }: Named): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { table, schema, name, columns } of await platformTables(tx))
    for (const column of columns) {
      const text = raw(`${quoted(column)}::text`);
      const word = prefix === null || OUR_OWN_WORDS.has(table) ? null : wordOf(prefix);
      const own = table === "platform.tenant" ? sql` and id <> ${tenantId}::uuid` : sql``;
      const { n } = await tx.one(
        sql`select count(*)::int as n from ${raw(`${quoted(schema)}.${quoted(name)}`)}
          where (strpos(lower(${text}), ${tenantId}::text) > 0 or (${word}::text is not null and ${text} ~* ${word}::text))${own}`,
        count,
      );
      if (n > 0) found.push(`${n} rows of ${table} name it in ${column}`);
    }
  return found;
}

const named = z.object({ what: z.string() });

/** (d) */
export async function surroundings(tx: Statements, { tenantId, prefix }: Named): Promise<readonly string[]> {
  const word = prefix === null ? null : wordOf(prefix);
  const rows = await tx.many(
    sql`with named as (
        select 'role ' || r.rolname as what, r.rolname::text as name from pg_roles r
        union all select 'schema ' || n.nspname, n.nspname::text from pg_namespace n where n.nspowner::regrole::text !~ '^countersign_'
        union all select 'database ' || d.datname, d.datname::text from pg_database d
        union all select 'replication slot ' || s.slot_name, s.slot_name::text from pg_replication_slots s
        union all select 'queue ' || q.queue_name, q.queue_name from graphile_worker._private_job_queues q
        union all select 'a job of ' || j.task_id, j.payload::text || coalesce(j.key, '') from graphile_worker._private_jobs j
        union all select 'statistics of ' || s.schemaname || '.' || s.tablename || '.' || s.attname,
          coalesce(s.most_common_vals::text, '') || coalesce(s.histogram_bounds::text, '') from pg_stats s
          where s.schemaname !~ '^pg_' and s.schemaname <> 'information_schema' and s.schemaname || '.' || s.tablename <> all (${["platform.tenant", ...Object.keys(STAYS)]}::text[])
      )
      select distinct n.what from named n
      where strpos(lower(n.name), ${tenantId}::text) > 0
        or (${word}::text is not null and n.name ~* ${word}::text and n.what !~ '^statistics ')
      union all select count(*) || ' large objects' from pg_largeobject_metadata having count(*) > 0
      order by 1`,
    named,
  );
  return rows.map(({ what }) => what);
}

/** What keeps WAL, and with it what was written, from being recycled. */
export const replicationSlots = (tx: Statements): Promise<readonly string[]> =>
  tx.many(
    sql`select s.slot_name || case when s.active then ' (active)' else ' (nobody reads it)' end as what from pg_replication_slots s order by 1`,
    named.transform(({ what }) => what),
  );
