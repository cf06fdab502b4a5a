import type pg from "pg";
import type { Sql } from "sql-template-tag";
import type { z } from "zod";
import { Fault } from "#kernel";
import { databaseFault } from "./fault.ts";
import type { Line, Row } from "./line.ts";
import type { Statements, TenantTx } from "./types.ts";

/** The statement verbs over one checked-out connection. */
export function statementsOn(line: Line): Statements & Pick<TenantTx, "later"> {
  async function query(sql: Sql): Promise<pg.QueryResult<Row>> {
    try {
      return await line.ask(sql);
    } catch (error) {
      throw databaseFault(error);
    }
  }

  function parse<T>(rows: readonly Row[], row: z.ZodType<T>): readonly T[] {
    return rows.map((raw) => {
      const parsed = row.safeParse(raw);
      if (parsed.success) return parsed.data;
      // Paths only: zod's messages may quote what they found.
      const where = parsed.error.issues.map((issue) => `${issue.path.join(".")} (${issue.code})`).join(", ");
      throw new Fault("schema_mismatch", `A row from the database has another shape than the code expects: ${where}`);
    });
  }

  return {
    many: async (sql, row) => parse((await query(sql)).rows, row),
    async maybe(sql, row) {
      const found = parse((await query(sql)).rows, row);
      if (found.length > 1)
        throw new Fault("invariant_broken", `Expected at most one row, the database has ${found.length}.`);
      return found[0] ?? null;
    },
    async one(sql, row) {
      const found = parse((await query(sql)).rows, row);
      const first = found[0];
      if (first === undefined || found.length > 1)
        throw new Fault("invariant_broken", `Expected one row, the database has ${found.length}.`);
      return first;
    },
    run: async (sql) => (await query(sql)).rowCount ?? 0,
    later: (sql) => line.later(sql),
  };
}
