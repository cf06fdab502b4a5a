// After a restore: clients that had left and are there again, because the backup is older than their end. Where keys live is the
// ledger that no restore turns back: a key that was destroyed stays so.

import sql from "sql-template-tag";
import { z } from "zod";
import { orderIn } from "#audit/io";
import type { TenantId } from "#kernel";
import type { Kms } from "#keys";
import { withOperator, type OperatorTx } from "#platform/postgres";
import { offboardingOf } from "../offboard/ledger.ts";
import { actsBy, begin } from "../offboard/order.ts";
import { listTenants, type By, type RegistryAccess } from "../registry.ts";

export interface OrderedAgain {
  readonly tenantId: TenantId;
  /** `shut`: a legal hold is on it, or the platform's log takes no order; nobody has access to it, and it stays as it is. */
  readonly kind: "ordered" | "shut";
}

/**
 * Orders their erasure once more. Call it before anything is served. INVARIANT: whatever keeps the order from being given, access is dead
 * when this resolves.
 */
export async function orderAgain(
  access: RegistryAccess,
  { kms, by }: { readonly kms: Pick<Kms, "state">; readonly by: By },
): Promise<readonly OrderedAgain[]> {
  const back: TenantId[] = [];
  for (const { tenantId, state, hardAfter } of await withOperator(access, listTenants)) {
    // One that is on its way out goes on there.
    const there = state === "active" || (state === "suspended" && hardAfter === null);
    if (there && (await kms.state(tenantId)) === "destroyed") back.push(tenantId);
  }
  const answers: OrderedAgain[] = [];
  for (const tenantId of back)
    answers.push(await withOperator(access, async (tx) => ({ tenantId, kind: await order(tx, access, tenantId, by) })));
  return answers;
}

async function order(
  tx: OperatorTx,
  access: RegistryAccess,
  tenantId: TenantId,
  by: By,
): Promise<OrderedAgain["kind"]> {
  if ((await offboardingOf(tx, tenantId))?.endedAt === null) return "ordered";
  const about = { reason: "Its key is destroyed: a backup from before its erasure was restored." };
  // Its own log seals nothing any more.
  const given = await orderIn(tx, actsBy(access, by), tenantId, { own: false, about });
  if (given.kind === "ordered") {
    await begin(tx, tenantId, given);
    return "ordered";
  }
  await tx.one(sql`select platform.suspend_tenant(${tenantId}::uuid) as done`, z.object({ done: z.boolean() }));
  return "shut";
}
