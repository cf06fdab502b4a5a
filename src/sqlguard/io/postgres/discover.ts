import { z } from "zod";
import { RUN_LIMITS } from "../../result.ts";
import type { TopQuery } from "../../schema.ts";
import { judgeRole } from "../../postgres/role.ts";
import { refusalOf } from "../../verdict.ts";
import type { Connection, Discovered } from "../asked.ts";
import { loadRole } from "./role.ts";
import { openSession, scrubbed, type Session } from "./session.ts";

/** Tables that are listed at most. */
const TABLES = 1_000;
const QUERIES = 20;

const table = z.object({
  schema: z.string(),
  name: z.string(),
  kind: z.enum(["table", "view", "materialized view"]),
  rows: z.number().nullable(),
  bytes: z.number(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
  indexes: z.array(z.object({ name: z.string(), definition: z.string(), bytes: z.number() })),
  references: z.array(z.object({ columns: z.array(z.string()), table: z.string(), tableColumns: z.array(z.string()) })),
});

/** A default or a check may hold what somebody typed once, and is left out. Foreign tables are refused, so they are not offered. */
const SHAPES = `
select n.nspname::text as schema, c.relname::text as name,
  case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind,
  nullif(c.reltuples, -1)::float8 as rows,
  case when c.relkind = 'v' then 0 else pg_catalog.pg_total_relation_size(c.oid) end::float8 as bytes,
  coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname,
      'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'nullable', not a.attnotnull) order by a.attnum)
    from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')), '[]') as columns,
  coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object('name', x.relname,
      'definition', pg_catalog.pg_get_indexdef(i.indexrelid), 'bytes', pg_catalog.pg_relation_size(i.indexrelid)) order by x.relname)
    from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid), '[]') as indexes,
  coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object('table', fn.nspname || '.' || f.relname,
      'columns', (select pg_catalog.json_agg(a.attname order by k.n) from pg_catalog.unnest(o.conkey) with ordinality k(num, n)
        join pg_catalog.pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.num),
      'tableColumns', (select pg_catalog.json_agg(a.attname order by k.n) from pg_catalog.unnest(o.confkey) with ordinality k(num, n)
        join pg_catalog.pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.num)) order by o.conname)
    from pg_catalog.pg_constraint o join pg_catalog.pg_class f on f.oid = o.confrelid
    join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace where o.conrelid = c.oid and o.contype = 'f'), '[]') as references
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and c.oid >= 16384
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  and not exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
  and (pg_catalog.has_table_privilege(c.oid, 'SELECT') or pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))
order by 1, 2 limit ${TABLES + 1}`;

const place = z.object({ view: z.string() });
const query = z.object({ text: z.string(), calls: z.number(), meanMs: z.number(), rows: z.number() });

/** Only statements whose constants PostgreSQL has replaced: those of utility commands are kept as they were typed. */
async function topQueries(session: Session): Promise<readonly TopQuery[] | null> {
  const [found] = await session.ask(
    place,
    `select pg_catalog.quote_ident(n.nspname) || '.pg_stat_statements' as view
     from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
     where e.extname = 'pg_stat_statements' and pg_catalog.has_schema_privilege(n.oid, 'USAGE')`,
  );
  if (found === undefined) return null;
  try {
    return await session.ask(
      query,
      `select pg_catalog.left(s.query, 2000) as text, s.calls::float8 as calls, s.mean_exec_time::float8 as "meanMs", s.rows::float8 as rows
       from ${found.view} s where s.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
       and s.query ~* '^\\s*(select|with|insert|update|delete|merge)\\y' order by s.total_exec_time desc limit ${QUERIES}`,
    );
  } catch {
    // Installed, but the server was started without it, or it may not be read. It is the last question: the tables are known.
    return null;
  }
}

/** Behind the second and third wall; the questions are our own, so the first has nothing to decide. */
export async function discoverPostgres({ url }: Connection): Promise<Discovered> {
  const opened = await openSession(url, RUN_LIMITS);
  if (opened.kind === "lost") return { kind: "lost", why: opened.why };
  if (opened.kind === "refused") return { kind: "denied", refusals: [refusalOf("session", opened.why)] };
  const { session } = opened;
  try {
    const role = await loadRole(session);
    const problems =
      role === null
        ? ["The login's rights cannot be read."]
        : judgeRole(role)
            .filter(({ level }) => level === "must")
            .map(({ what }) => what);
    if (problems.length > 0) return { kind: "denied", refusals: problems.map((what) => refusalOf("role", what)) };
    const tables = await session.ask(table, SHAPES);
    return {
      kind: "schema",
      schema: {
        tables: tables.slice(0, TABLES),
        truncated: tables.length > TABLES,
        topQueries: await topQueries(session),
      },
    };
  } catch (error) {
    return {
      kind: "lost",
      why: error instanceof z.ZodError ? "The server's catalog is not what it should be." : scrubbed(error).says,
    };
  } finally {
    await session.end();
  }
}
