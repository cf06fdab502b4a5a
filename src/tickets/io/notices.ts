// The timer's outbox: what was claimed, became words, and was taken by a provider.

import sql, { type Sql } from "sql-template-tag";
import { z } from "zod";
import { ticketId, type Instant, type TenantId, type TicketId } from "#kernel";
import { branded, instantColumn, tenantIdColumn, type PlatformTx, type TenantTx } from "#platform/postgres";
import { ACTIONS, type Action } from "../types.ts";

export interface Notice {
  readonly ticket: TicketId;
  readonly epoch: number;
  readonly kind: Action;
  readonly turn: number;
}

export interface ClaimedNotice extends Notice {
  readonly tenant: TenantId;
}

const columns = {
  ticket_id: branded(z.string(), ticketId),
  epoch: z.int(),
  kind: z.enum(ACTIONS),
  turn: z.int(),
};
const claimedRow = z.object({ ...columns, tenant_id: tenantIdColumn }).transform((row): ClaimedNotice => ({
  tenant: row.tenant_id,
  ticket: row.ticket_id,
  epoch: row.epoch,
  kind: row.kind,
  turn: row.turn,
}));

/** Of every client, in ids. Whoever asked has them for a minute; if he dies they are claimed again. */
export const claimNotices = (tx: PlatformTx, most: number): Promise<readonly ClaimedNotice[]> =>
  tx.many(sql`select * from tickets.claim_notices(${most})`, claimedRow);

const which = (tx: TenantTx, { ticket, epoch, kind, turn }: Notice): Sql =>
  sql`tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and epoch = ${epoch} and kind = ${kind}::tickets.action and turn = ${turn}`;

/** Held until the transaction ends; false: somebody else has made words of it, or dropped it. */
export const holdNotice = async (tx: TenantTx, notice: Notice): Promise<boolean> =>
  (await tx.run(
    sql`select from tickets.notice where ${which(tx, notice)} and composed_at is null and dropped_at is null for update`,
  )) === 1;

export async function noteComposed(tx: TenantTx, notice: Notice, key: string): Promise<void> {
  await tx.run(sql`update tickets.notice set composed_at = now(), told_as = ${key} where ${which(tx, notice)}`);
}

export async function dropNotice(tx: TenantTx, notice: Notice): Promise<void> {
  await tx.run(sql`update tickets.notice set dropped_at = now() where ${which(tx, notice)} and delivered_at is null`);
}

const noticeRow = z.object(columns).transform((row): Notice => ({
  ticket: row.ticket_id,
  epoch: row.epoch,
  kind: row.kind,
  turn: row.turn,
}));

/** What went out under one key of a digest. */
export const noticesUnder = (tx: TenantTx, key: string): Promise<readonly Notice[]> =>
  tx.many(
    sql`select ticket_id, epoch, kind, turn from tickets.notice where tenant_id = ${tx.tenantId} and told_as = ${key}
      order by ticket_id`,
    noticeRow,
  );

/** Of one kind in one wait: those that nobody has taken yet. Also one that was given up before: it arrived after all. */
export const noteDelivered = async (
  tx: TenantTx,
  { ticket, epoch, kind }: Omit<Notice, "turn">,
  at: Instant,
): Promise<number> =>
  tx.run(sql`update tickets.notice set delivered_at = greatest(now(), ${new Date(at)}::timestamptz), dropped_at = null
    where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and epoch = ${epoch} and kind = ${kind}::tickets.action
      and composed_at is not null and delivered_at is null`);

/** Given up, unless another place has it. Gives how many. */
export const noteLost = (tx: TenantTx, { ticket, epoch, kind }: Omit<Notice, "turn">): Promise<number> =>
  tx.run(sql`update tickets.notice set dropped_at = now()
    where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and epoch = ${epoch} and kind = ${kind}::tickets.action
      and delivered_at is null and dropped_at is null`);

export interface NoticeState extends Notice {
  readonly claimedAt: Instant;
  readonly composedAt: Instant | null;
  readonly deliveredAt: Instant | null;
  readonly droppedAt: Instant | null;
}

const stateRow = z
  .object({
    ...columns,
    claimed_at: instantColumn,
    composed_at: instantColumn.nullable(),
    delivered_at: instantColumn.nullable(),
    dropped_at: instantColumn.nullable(),
  })
  .transform((row): NoticeState => ({
    ticket: row.ticket_id,
    epoch: row.epoch,
    kind: row.kind,
    turn: row.turn,
    claimedAt: row.claimed_at,
    composedAt: row.composed_at,
    deliveredAt: row.delivered_at,
    droppedAt: row.dropped_at,
  }));

/** In the order in which they were claimed. */
export const noticesOf = (tx: TenantTx, ticket: TicketId): Promise<readonly NoticeState[]> =>
  tx.many(
    sql`select ticket_id, epoch, kind, turn, claimed_at, composed_at, delivered_at, dropped_at from tickets.notice
      where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} order by claimed_at, kind, turn`,
    stateRow,
  );
