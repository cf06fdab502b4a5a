import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, ticketId, type EntryId, type Instant, type TicketId } from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import { limits } from "../limits.ts";
import { CHANNELS, type Channel } from "../types.ts";

export interface NoticeRow {
  readonly key: string;
  readonly channel: Channel;
  readonly ticket: TicketId | null;
  readonly sealed: Uint8Array;
  readonly madeAt: Instant;
  readonly hold: string | null;
  readonly tries: number;
  readonly firstTriedAt: Instant | null;
  readonly intent: EntryId | null;
}

const shape = z
  .object({
    key: z.string(),
    channel: z.enum(CHANNELS),
    ticket_id: branded(z.string(), ticketId).nullable(),
    sealed: z.instanceof(Uint8Array),
    made_at: instantColumn,
    hold: z.string().nullable(),
    tries: z.int(),
    first_tried_at: instantColumn.nullable(),
    intent: branded(z.string(), entryId).nullable(),
  })
  .transform((row): NoticeRow => ({
    key: row.key,
    channel: row.channel,
    ticket: row.ticket_id,
    sealed: row.sealed,
    madeAt: row.made_at,
    hold: row.hold,
    tries: row.tries,
    firstTriedAt: row.first_tried_at,
    intent: row.intent,
  }));

const COLUMNS = sql`n.key, n.channel, n.ticket_id, n.sealed, n.made_at, n.hold, n.tries, n.first_tried_at, n.intent`;
const OPEN = sql`n.delivered_at is null and n.dropped_at is null and n.lost_at is null`;

/** Locked until the transaction ends; null: it is over. */
export const openNotice = (tx: TenantTx, key: string): Promise<NoticeRow | null> =>
  tx.maybe(
    sql`select ${COLUMNS} from notify.notice n where n.tenant_id = ${tx.tenantId} and n.key = ${key} and ${OPEN} for update`,
    shape,
  );

/** From now on somebody may have it: whoever comes next looks it up first. */
export const tryNow = (tx: TenantTx, key: string, intent: EntryId): Promise<number> =>
  tx.run(sql`update notify.notice set intent = ${intent}, tries = tries + 1, first_tried_at = coalesce(first_tried_at, now()),
      held_until = now() + ${limits.holdMs} * interval '1 millisecond'
    where tenant_id = ${tx.tenantId} and key = ${key}`);

export const putOff = (
  tx: TenantTx,
  key: string,
  { at, waits }: { readonly at: Instant; readonly waits: "provider" | "credential" | "quota" },
): Promise<number> =>
  tx.run(sql`update notify.notice set not_before = ${new Date(at)}, waits = ${waits}, held_until = null, hold = null
    where tenant_id = ${tx.tenantId} and key = ${key}`);

const ended = z.object({ at: instantColumn });

/** By the database's clock. */
export async function endNotice(tx: TenantTx, key: string, how: "delivered" | "dropped" | "lost"): Promise<Instant> {
  const { at } = await tx.one(sql`select now() as at`, ended);
  const when = (which: typeof how): Date | null => (which === how ? new Date(at) : null);
  await tx.run(sql`update notify.notice set delivered_at = ${when("delivered")}, dropped_at = ${when("dropped")}, lost_at = ${when("lost")},
      waits = null, held_until = null, hold = null
    where tenant_id = ${tx.tenantId} and key = ${key}`);
  return at;
}

/** Until the transaction ends; asked again after it, all others' turns are seen. */
export const holdBoard = (tx: TenantTx, board: string): Promise<number> =>
  tx.run(sql`select pg_advisory_xact_lock(hashtext(${tx.tenantId}), hashtext(${`notify.board/${board}`}))`);

/** Another turn of the same board, `<board>/<turn>`, is on its way. */
export async function isBehind(tx: TenantTx, { key }: Pick<NoticeRow, "key">): Promise<boolean> {
  const board = key.slice(0, key.lastIndexOf("/") + 1);
  const turn = Number(key.slice(board.length));
  const others = Array.from({ length: BOARD_TURNS }, (_, n) => `${board}${turn - 1 - n}`);
  const { behind } = await tx.one(
    sql`select exists (select from notify.notice n where n.tenant_id = ${tx.tenantId} and n.key = any (${others}::text[])
      and n.held_until > now() and n.first_tried_at is not null and ${OPEN}) as behind`,
    z.object({ behind: z.boolean() }),
  );
  return behind;
}
/** Older ones than these are no more on their way: whoever has one has it for two minutes. */
const BOARD_TURNS = 50;

/** When the next one about this ticket may go: null, now. */
export async function quotaOf(tx: TenantTx, ticket: TicketId): Promise<Instant | null> {
  const { n, free } = await tx.one(
    sql`select count(*)::int as n, min(delivered_at) + ${limits.dayMs} * interval '1 millisecond' as free from notify.notice
      where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and delivered_at > now() - ${limits.dayMs} * interval '1 millisecond'`,
    z.object({ n: z.int(), free: instantColumn.nullable() }),
  );
  return n >= limits.perTicket ? free : null;
}

export async function databaseNow(tx: TenantTx): Promise<Instant> {
  return (await tx.one(sql`select now() as at`, ended)).at;
}
