import pg from "pg";
import { Fault } from "#kernel";
import { roleTx } from "./capability.ts";
import { databaseFault } from "./fault.ts";
import type { OperatorOptions } from "./operator.ts";
import { rowTypes } from "./pool.ts";
import { ownerRole, roleNames } from "./schema.ts";
import { statementsOn } from "./statements.ts";
import { inTransaction, settingsForRole } from "./transaction.ts";
import type { RoleTx } from "./types.ts";

const ident = pg.escapeIdentifier;
/** A look at every table of a large database. */
const TIMEOUTS = { statementTimeoutMs: 60_000, idleInTransactionTimeoutMs: 60_000 };

async function withAdmin<T>(url: string, name: string, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, types: rowTypes, application_name: name });
  client.on("error", () => {});
  try {
    await client.connect();
    return await fn(client);
  } catch (error) {
    throw error instanceof Fault ? error : databaseFault(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * One read-only transaction as the auditor, for the operator's command line: row-level security would hide exactly the leftovers
 * that are looked for. Whether it is exempt is for the caller to ask: some servers let nobody be.
 */
export const withAuditor = <T>(
  { adminUrl }: Pick<OperatorOptions, "adminUrl">,
  fn: (tx: RoleTx<"auditor">) => Promise<T>,
): Promise<T> =>
  withAdmin(adminUrl, "countersign auditor", (client) =>
    inTransaction(
      { client, release: () => {} },
      `${settingsForRole(roleNames.auditor, TIMEOUTS)}; set transaction read only`,
      (line) => fn({ ...statementsOn(line), [roleTx]: "auditor" }),
    ),
  );

/**
 * VACUUM (ANALYZE) of tables (`schema.name`), and their statistics made anew: they hold sample values of rows that are gone. ANALYZE leaves
 * those of a table that is empty now; PostgreSQL 18 can clear them. False: this server cannot.
 */
export const forgetRows = (
  { adminUrl }: Pick<OperatorOptions, "adminUrl">,
  tables: readonly (readonly [schema: string, name: string])[],
): Promise<boolean> =>
  withAdmin(adminUrl, "countersign vacuum", async (client) => {
    await client.query(`set role ${ident(ownerRole)}`);
    const { rows } = await client.query<{ can: boolean }>(
      "select to_regprocedure('pg_catalog.pg_clear_attribute_stats(text, text, text, boolean)') is not null as can",
    );
    const can = rows[0]?.can === true;
    for (const [schema, name] of tables) {
      if (can)
        await client.query(
          `select pg_clear_attribute_stats(s.schemaname, s.tablename, s.attname, s.inherited) from pg_stats s where s.schemaname = $1 and s.tablename = $2`,
          [schema, name],
        );
      await client.query(`vacuum (analyze) ${ident(schema)}.${ident(name)}`);
    }
    return can;
  });
