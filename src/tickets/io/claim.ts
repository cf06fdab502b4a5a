// What is due, of every client: asked with no client's rights, answered in ids. Nothing here talks to anybody.

import sql from "sql-template-tag";
import { z } from "zod";
import { ticketId, type TenantId, type TicketId } from "#kernel";
import { branded, tenantIdColumn, type PlatformTx } from "#platform/postgres";
import { ACTIONS, type Action } from "../types.ts";

export interface Due {
  readonly tenant: TenantId;
  readonly ticket: TicketId;
  /** Claimed, and in the outbox; `close` is only looked at, and decided by whoever has read the source. */
  readonly action: Action;
  readonly epoch: number;
}

const dueRow = z
  .object({
    tenant_id: tenantIdColumn,
    ticket_id: branded(z.string(), ticketId),
    action: z.enum(ACTIONS),
    epoch: z.number(),
  })
  .transform((row): Due => ({ tenant: row.tenant_id, ticket: row.ticket_id, action: row.action, epoch: row.epoch }));

/** At most so many, the oldest first. What is returned was claimed by nobody else, and is not due again when the transaction commits. */
export const claimDue = (tx: PlatformTx, most: number): Promise<readonly Due[]> =>
  tx.many(sql`select * from tickets.claim_due(${most})`, dueRow);

/**
 * Looks at the database's clock. `passedMs`: by this process's monotonic clock, since it asked last; null the first time. False: the
 * clock went back, or far ahead, and nothing is closed until a person has looked (T6, T7).
 */
export async function claimClock(tx: PlatformTx, passedMs: number | null): Promise<boolean> {
  const { believed } = await tx.one(
    sql`select tickets.claim_clock(make_interval(secs => ${passedMs === null ? null : passedMs / 1000}::float8)) as believed`,
    z.object({ believed: z.boolean() }),
  );
  return believed;
}
