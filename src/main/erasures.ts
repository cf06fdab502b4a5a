// At start: what was erased and is there again, because a backup was restored, is erased again.

import { randomBytes, randomUUID } from "node:crypto";
import type { Log } from "#platform/log";
import { activeTenants, orderAgain, type By, type KeySide } from "#tenants/io";
import type { OpenAudit } from "./audit.ts";
import type { OpenDatabase } from "./database.ts";

/** Bound to what is sealed to be tried later. */
const CANARY = new TextEncoder().encode("countersign/canary/v1");

/**
 * Before anything is served. The keys are the ledger: they are not in the database or its backups, and one that was destroyed stays
 * destroyed. What came back opens nowhere meanwhile; without the operator's access to the database it waits for who has it.
 */
export async function replayAtStart(
  { operator, database }: Pick<OpenDatabase, "operator" | "database">,
  { audit, kms }: Pick<OpenAudit, "audit" | "kms">,
  log: Log,
): Promise<void> {
  if (operator === null) {
    for (const tenant of await database.withPlatform(activeTenants))
      if ((await kms.state(tenant)) === "destroyed")
        log.error(
          { tenant },
          "a tenant is there although its key is destroyed: a backup was restored. Nothing of it opens. Erase it again, with the operator's access: countersign tenant offboard",
        );
    return;
  }
  const by: By = { operator: { type: "app", id: "countersign" }, requestId: randomUUID() };
  for (const { tenantId, kind } of await orderAgain({ ...operator, append: audit.append }, { kms, by }))
    if (kind === "ordered")
      log.warn(
        { tenant: tenantId },
        "a tenant was there although its key is destroyed: a backup was restored. It is erased again",
      );
    else
      log.error(
        { tenant: tenantId },
        "a tenant is there although its key is destroyed, and its erasure cannot be ordered: it is suspended. Look at its legal holds",
      );
}

export const keySide = (keys: OpenAudit["keys"], kms: OpenAudit["kms"]): KeySide => ({
  async destroy(tenant) {
    await keys.destroyTenant(tenant);
    const { recallDays } = kms;
    return [
      recallDays === undefined
        ? `kek of ${tenant}`
        : `kek of ${tenant}: it opens nothing, and for ${recallDays} days administrators of the key store could call it back`,
    ];
  },
  // A store that forgets what it has destroyed says that there is none.
  opens: async (tenant) => ["active", "disabled"].includes(await kms.state(tenant)),
  async seal(tenant) {
    if ((await kms.state(tenant)) === "destroyed") return null;
    await kms.create(tenant);
    return Buffer.from(await kms.wrap(tenant, randomBytes(32), CANARY)).toString("base64");
  },
  opensSealed: async (tenant, sealed) =>
    (await kms.unwrap(tenant, Buffer.from(sealed, "base64"), CANARY)).kind === "key",
});
