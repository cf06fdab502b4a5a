// A client that could not be warned. INVARIANT (S1): its silence closes nothing, and nothing rots: the owner hears of it once a day until
// somebody acts, or the warning arrives after all.

import sql from "sql-template-tag";
import type { TenantTx } from "#platform/postgres";
import { STAGES } from "../stages.ts";
import type { Row } from "./rows.ts";

export async function pageInstead(tx: TenantTx, { ticket, epoch }: Pick<Row, "ticket" | "epoch">): Promise<void> {
  await tx.run(sql`update tickets.ticket set next_action = 'page', next_due_at = now() + ${STAGES.breath} * interval '1 millisecond'
    where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and state = 'waiting_client' and epoch = ${epoch} and next_action = 'close'`);
}
