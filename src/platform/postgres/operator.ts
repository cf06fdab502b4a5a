import pg from "pg";
import { claimKeyBytes, signClaim } from "./claim.ts";
import { operatorTx } from "./capability.ts";
import { databaseFault } from "./fault.ts";
import { rowTypes } from "./pool.ts";
import { operatorRole } from "./schema.ts";
import { statementsOn } from "./statements.ts";
import { defaultTimeouts, inTransaction, settingsFor, tenantTransaction } from "./transaction.ts";
import type { OperatorTx } from "./types.ts";

export interface OperatorOptions {
  /** The administrator's URL, as for `migrate`; inside the transaction only the operator's rights are left. */
  readonly adminUrl: string;
  readonly claimKey: string;
}

/** One transaction as the operator's role, for the command line and for seeding. The server itself never needs it. */
export async function withOperator<T>(options: OperatorOptions, fn: (tx: OperatorTx) => Promise<T>): Promise<T> {
  const key = claimKeyBytes(options.claimKey);
  const client = new pg.Client({
    connectionString: options.adminUrl,
    types: rowTypes,
    application_name: "countersign operator",
  });
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw databaseFault(error);
  }
  try {
    return await inTransaction({ client, release: () => {} }, settingsFor(defaultTimeouts), async (line) => {
      await client.query(`set local role ${operatorRole}`);
      return fn({
        ...statementsOn(line),
        [operatorTx]: true,
        async enter(tenant) {
          return tenantTransaction(line, signClaim(key, tenant));
        },
      });
    });
  } finally {
    await client.end().catch(() => {});
  }
}
