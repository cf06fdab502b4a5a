import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { Table } from "./messages.ts";

const named = z.object({ name: z.string(), kind: z.enum(["table", "view"]) });
const column = z.object({ name: z.string(), type: z.string(), required: z.number() });
const index = z.object({ name: z.string(), unique: z.number(), columns: z.string() });
const key = z.object({ id: z.number(), table: z.string(), columns: z.string(), toColumns: z.string().nullable() });

/** Tables, columns, indexes and foreign keys, without a default or the text of a definition: somebody may have typed a value there. */
export function shapes(database: DatabaseSync): readonly Table[] {
  const ask = <Row>(row: z.ZodType<Row>, text: string, ...values: readonly string[]): readonly Row[] =>
    z.array(row).parse(database.prepare(text).all(...values));
  return ask(
    named,
    "select name, type as kind from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by 1 limit 1001",
  ).flatMap(({ name, kind }) => {
    try {
      return [shape(name, kind)];
    } catch {
      // A view that the engine cannot read, or does not want to.
      return [];
    }
  });

  function shape(name: string, kind: Table["kind"]): Table {
    return {
      name,
      kind,
      columns: ask(column, 'select name, type, "notnull" as required from pragma_table_info(?) order by cid', name).map(
        ({ name: called, type, required }) => ({ name: called, type, nullable: required === 0 }),
      ),
      indexes: ask(
        index,
        `select l.name, l."unique" as "unique", (select group_concat(coalesce(i.name, '(expression)'), ', ') from pragma_index_info(l.name) i) as columns
       from pragma_index_list(?) l order by 1`,
        name,
      ).map((each) => ({
        name: each.name,
        definition: `${each.unique === 1 ? "UNIQUE " : ""}INDEX ${each.name} (${each.columns})`,
      })),
      references: ask(
        key,
        `select id, "table" as "table", group_concat("from", char(10)) as columns, group_concat("to", char(10)) as toColumns
       from pragma_foreign_key_list(?) group by id, "table" order by id`,
        name,
      ).map(({ table, columns, toColumns }) => ({
        columns: columns.split("\n"),
        table,
        tableColumns: toColumns?.split("\n") ?? [],
      })),
    };
  }
}
