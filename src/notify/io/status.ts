// What of a client's has not gone out yet, and why: nothing of it is lost, and nothing of it is hidden.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant, TicketId } from "#kernel";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { CHANNELS, type Channel } from "../types.ts";

export interface Waiting {
  readonly channel: Channel;
  /** null: for its turn, or for its hour. */
  readonly waits: "provider" | "credential" | "quota" | null;
  readonly notices: number;
  readonly oldest: Instant;
}

export interface NoticeCounts {
  readonly waiting: readonly Waiting[];
  /** In the last seven days. */
  readonly delivered: number;
  readonly lost: number;
}

const waitingRow = z.object({
  channel: z.enum(CHANNELS),
  waits: z.enum(["provider", "credential", "quota"]).nullable(),
  notices: z.int(),
  oldest: instantColumn,
});

/** By which ways to people this very transaction gave something out about a ticket. */
export const givenOut = async (tx: TenantTx, ticket: TicketId): Promise<readonly Channel[]> =>
  (
    await tx.many(
      sql`select distinct channel from notify.notice
        where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and made_at = now() and channel <> 'webhook' order by channel`,
      z.object({ channel: z.enum(CHANNELS) }),
    )
  ).map(({ channel }) => channel);

export async function noticeCounts(tx: TenantTx): Promise<NoticeCounts> {
  const waiting = await tx.many(
    sql`select channel, waits, count(*)::int as notices, min(made_at) as oldest from notify.notice
      where tenant_id = ${tx.tenantId} and delivered_at is null and dropped_at is null and lost_at is null
      group by channel, waits order by channel, waits`,
    waitingRow,
  );
  const counts = await tx.one(
    sql`select count(delivered_at)::int as delivered, count(lost_at)::int as lost from notify.notice
      where tenant_id = ${tx.tenantId} and greatest(delivered_at, lost_at) > now() - interval '7 days'`,
    z.object({ delivered: z.int(), lost: z.int() }),
  );
  return { waiting, ...counts };
}
