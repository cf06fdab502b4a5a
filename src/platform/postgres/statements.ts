import type pg from "pg";
import sql, { type Sql } from "sql-template-tag";
import type { z } from "zod";
import { Fault } from "#kernel";
import { databaseFault } from "./fault.ts";
import type { Line, Row } from "./line.ts";
import type { Statements, TenantTx } from "./types.ts";

/** The statement verbs over one checked-out connection. */
export function statementsOn(line: Line): Statements & Pick<TenantTx, "later" | "demand"> {
  async function query(statement: Sql): Promise<pg.QueryResult<Row>> {
    try {
      return await line.ask(statement);
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
    many: async (statement, row) => parse((await query(statement)).rows, row),
    async maybe(statement, row) {
      const found = parse((await query(statement)).rows, row);
      if (found.length > 1)
        throw new Fault("invariant_broken", `Expected at most one row, the database has ${found.length}.`);
      return found[0] ?? null;
    },
    async one(statement, row) {
      const found = parse((await query(statement)).rows, row);
      const first = found[0];
      if (first === undefined || found.length > 1)
        throw new Fault("invariant_broken", `Expected one row, the database has ${found.length}.`);
      return first;
    },
    run: async (statement) => (await query(statement)).rowCount ?? 0,
    later: (statement) => line.later(statement),
    demand: (update) =>
      line.later(sql`with moved as (${update} returning true) select app.demand((select count(*) = 1 from moved))`),
  };
}
