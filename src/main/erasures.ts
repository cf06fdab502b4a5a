// At start: what was erased and is there again, because a backup was restored, is erased again.

import { randomBytes, randomUUID } from "node:crypto";
import { replayErasures } from "#audit/io";
import type { TenantId } from "#kernel";
import type { Log } from "#platform/log";
import { createRoleDatabase, withOperator } from "#platform/postgres";
import { listTenants, openOffboardings, type KeySide } from "#tenants/io";
import type { OpenAudit } from "./audit.ts";
import type { OpenDatabase } from "./database.ts";

/** Bound to what is sealed to be tried later. */
const CANARY = new TextEncoder().encode("countersign/canary/v1");

/**
 * The keys are the ledger: they are not in the database or its backups, and one that was destroyed stays destroyed. Bodies that
 * came back open nowhere meanwhile; without the operator's access to the database they wait for who has it.
 */
export async function replayAtStart(open: OpenDatabase, { audit, keys, kms }: OpenAudit, log: Log): Promise<void> {
  const { operator, verifierUrl } = open;
  if (operator === null || verifierUrl === null) return;
  const destroyed: TenantId[] = [];
  // A way out that is under way has a ledger of its own, and goes on there: it is not at its end when the log's part is.
  const leaving = new Set((await withOperator(operator, openOffboardings)).map(({ tenantId }) => tenantId));
  for (const { tenantId } of await withOperator(operator, listTenants))
    if (!leaving.has(tenantId) && (await kms.state(tenantId)) === "destroyed") destroyed.push(tenantId);
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
        keys: keySide(keys, kms),
      },
      destroyed,
    );
    for (const { tenant, answer } of answers)
      log.warn({ tenant, answer }, "a tenant's rows were there although its keys are destroyed: they are erased again");
  } finally {
    await verifier.close();
  }
}

export const keySide = (keys: OpenAudit["keys"], kms: OpenAudit["kms"]): KeySide => ({
  async destroy(tenant) {
    await keys.destroyTenant(tenant);
    return [`kek of ${tenant}`];
  },
  opens: async (tenant) => (await kms.state(tenant)) !== "destroyed",
  async seal(tenant) {
    if ((await kms.state(tenant)) === "destroyed") return null;
    await kms.create(tenant);
    return Buffer.from(await kms.wrap(tenant, randomBytes(32), CANARY)).toString("base64");
  },
  opensSealed: async (tenant, sealed) =>
    (await kms.unwrap(tenant, Buffer.from(sealed, "base64"), CANARY)).kind === "key",
});
