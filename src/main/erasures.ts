// At start: what was erased and is there again, because a backup was restored, is erased again.

import { randomUUID } from "node:crypto";
import { replayErasures, type KeysOfTenants } from "#audit/io";
import type { TenantId } from "#kernel";
import type { Log } from "#platform/log";
import { createRoleDatabase, withOperator } from "#platform/postgres";
import { listTenants } from "#tenants/io";
import type { OpenAudit } from "./audit.ts";
import type { OpenDatabase } from "./database.ts";

/**
 * The keys are the ledger: they are not in the database or its backups, and one that was destroyed stays destroyed. Bodies that
 * came back open nowhere meanwhile; without the operator's access to the database they wait for who has it.
 */
export async function replayAtStart(open: OpenDatabase, { audit, keys, kms }: OpenAudit, log: Log): Promise<void> {
  const { operator, verifierUrl } = open;
  if (operator === null || verifierUrl === null) return;
  const destroyed: TenantId[] = [];
  for (const { tenantId } of await withOperator(operator, listTenants))
    if ((await kms.state(tenantId)) === "destroyed") destroyed.push(tenantId);
  if (destroyed.length === 0) return;
  const verifier = createRoleDatabase({ url: verifierUrl, role: "verifier" });
  try {
    const answers = await replayErasures(
      {
        access: operator,
        append: audit.append,
        by: { type: "app", id: "countersign" },
        observer: { type: "app", id: "countersign" },
        requestId: randomUUID(),
        verifier,
        keys: keysOf(keys, kms),
      },
      destroyed,
    );
    for (const { tenant, answer } of answers)
      log.warn({ tenant, answer }, "a tenant's rows were there although its keys are destroyed: they are erased again");
  } finally {
    await verifier.close();
  }
}

const keysOf = (keys: OpenAudit["keys"], kms: OpenAudit["kms"]): KeysOfTenants => ({
  async destroy(tenant) {
    await keys.destroyTenant(tenant);
    return [`kek of ${tenant}`];
  },
  opens: async (tenant) => (await kms.state(tenant)) !== "destroyed",
});
