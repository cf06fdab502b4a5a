import sql from "sql-template-tag";
import { z } from "zod";
import type { TenantTx } from "#platform/postgres";

/** For one at a time across all processes, until the transaction ends. false: somebody else has it. */
export async function tryLock(tx: TenantTx, name: string): Promise<boolean> {
  const { got } = await tx.one(
    sql`select pg_try_advisory_xact_lock(hashtext(${tx.tenantId}), hashtext(${name})) as got`,
    z.object({ got: z.boolean() }),
  );
  return got;
}
