import { z } from "zod";
import { judgeLogin } from "../../mysql/role.ts";
import { RUN_LIMITS } from "../../result.ts";
import type { Schema, TableShape, TopQuery } from "../../schema.ts";
import { refusalOf } from "../../verdict.ts";
import type { Connection, Discovered } from "../asked.ts";
import { loadLogin } from "./role.ts";
import { openSession, scrubbed, type Session } from "./session.ts";

/** Tables that are listed at most. */
const TABLES = 1_000;
const QUERIES = 20;

const OWN = "not in ('mysql', 'sys', 'information_schema', 'performance_schema', 'ndbinfo')";

const place = { schema: z.string(), table: z.string() };
const table = z.object({ ...place, type: z.string(), rows: z.string().nullable(), bytes: z.string().nullable() });
const column = z.object({ ...place, name: z.string(), type: z.string(), nullable: z.string() });
const indexed = z.object({ ...place, name: z.string(), unique: z.string(), columns: z.string() });
const key = z.object({
  ...place,
  name: z.string(),
  columns: z.string(),
  toSchema: z.string(),
  toTable: z.string(),
  toColumns: z.string(),
});
const top = z.object({ text: z.string(), calls: z.string(), ms: z.string(), rows: z.string() });

/** No default, no comment, no generated expression: they may hold what somebody typed once. */
const TABLES_SQL = `select table_schema as \`schema\`, table_name as \`table\`, table_type as type, cast(table_rows as char) as \`rows\`,
  cast(data_length + index_length as char) as bytes from information_schema.tables
  where table_schema ${OWN} and table_type in ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') order by 1, 2 limit ${TABLES + 1}`;
const COLUMNS_SQL = `select table_schema as \`schema\`, table_name as \`table\`, column_name as name, column_type as type, is_nullable as nullable
  from information_schema.columns where table_schema ${OWN} order by 1, 2, ordinal_position`;
const INDEXES_SQL = `select table_schema as \`schema\`, table_name as \`table\`, index_name as name, cast(min(non_unique) = 0 as char) as \`unique\`,
  group_concat(coalesce(column_name, '(expression)') order by seq_in_index separator ', ') as columns
  from information_schema.statistics where table_schema ${OWN} group by 1, 2, 3 order by 1, 2, 3`;
const KEYS_SQL = `select table_schema as \`schema\`, table_name as \`table\`, constraint_name as name,
  group_concat(column_name order by ordinal_position separator '\\n') as columns, min(referenced_table_schema) as toSchema,
  min(referenced_table_name) as toTable, group_concat(referenced_column_name order by ordinal_position separator '\\n') as toColumns
  from information_schema.key_column_usage where referenced_table_name is not null and table_schema ${OWN} group by 1, 2, 3 order by 1, 2, 3`;
/** Digests: the server has put ? where a constant stood. */
const TOP_SQL = `select left(digest_text, 2000) as text, cast(count_star as char) as calls, cast(avg_timer_wait / 1e9 as char) as ms,
  cast(sum_rows_sent as char) as \`rows\` from performance_schema.events_statements_summary_by_digest
  where schema_name = database() and digest_text regexp '^(select|with|insert|update|delete|replace)' order by sum_timer_wait desc limit ${QUERIES}`;

async function topQueries(session: Session): Promise<readonly TopQuery[] | null> {
  try {
    const found = await session.ask(top, TOP_SQL);
    return found.map(({ text, calls, ms, rows }) => ({
      text,
      calls: Number(calls),
      meanMs: Number(ms),
      rows: Number(rows),
    }));
  } catch {
    // Not readable by this login, or switched off. It is the last question: the tables are known.
    return null;
  }
}

/** Behind the second and third wall; the questions are our own, so the first has nothing to decide. */
export async function discoverMysql({ url }: Connection): Promise<Discovered> {
  const opened = await openSession(url, RUN_LIMITS);
  if (opened.kind === "lost") return { kind: "lost", why: opened.why };
  if (opened.kind === "refused") return { kind: "denied", refusals: [refusalOf("session", opened.why)] };
  const { session } = opened;
  try {
    const problems = judgeLogin(await loadLogin(session)).filter(({ level }) => level === "must");
    if (problems.length > 0) return { kind: "denied", refusals: problems.map(({ what }) => refusalOf("role", what)) };
    return { kind: "schema", schema: await shapesOf(session) };
  } catch (error) {
    const why = error instanceof z.ZodError ? "The server's catalog is not what it should be." : scrubbed(error).says;
    return { kind: "lost", why };
  } finally {
    await session.end();
  }
}

async function shapesOf(session: Session): Promise<Schema> {
  const tables = await session.ask(table, TABLES_SQL);
  const columns = await session.ask(column, COLUMNS_SQL);
  const indexes = await session.ask(indexed, INDEXES_SQL);
  const keys = await session.ask(key, KEYS_SQL);
  const shapes = tables.slice(0, TABLES).map((each): TableShape => {
    const here = (other: { readonly schema: string; readonly table: string }): boolean =>
      other.schema === each.schema && other.table === each.table;
    return {
      schema: each.schema,
      name: each.table,
      kind: each.type === "VIEW" ? "view" : "table",
      rows: each.rows === null ? null : Number(each.rows),
      bytes: Number(each.bytes ?? 0),
      columns: columns.filter(here).map(({ name, type, nullable }) => ({ name, type, nullable: nullable === "YES" })),
      indexes: indexes.filter(here).map((index) => ({
        name: index.name,
        definition: `${index.unique === "1" ? "UNIQUE " : ""}INDEX ${index.name} (${index.columns})`,
        // Of the whole table alone, in information_schema.
        bytes: null,
      })),
      references: keys.filter(here).map(({ columns: from, toSchema, toTable, toColumns }) => ({
        columns: from.split("\n"),
        table: `${toSchema}.${toTable}`,
        tableColumns: toColumns.split("\n"),
      })),
    };
  });
  return { tables: shapes, truncated: tables.length > TABLES, topQueries: await topQueries(session) };
}
