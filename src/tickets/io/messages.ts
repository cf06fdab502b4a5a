// What was said on a ticket, by anybody, on any channel. INVARIANT: once for each id that a channel gave it.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant, TicketId } from "#kernel";
import type { Keys } from "#keys/io";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { SENDERS, type Sender } from "../decide.ts";
import { CHANNELS, type Channel, type From } from "../heard.ts";
import { LIMITS } from "../limits.ts";
import type { Said } from "../view.ts";
import { markOf } from "./marks.ts";
import { asDate, bytes, ticketColumn } from "./rows.ts";
import { openWords, sealWords, type NewWords, type Words } from "./sealed.ts";

export interface NewMessage {
  readonly ticket: TicketId;
  /** The channel's own id for it. */
  readonly id: string;
  readonly conversation: string | null;
  readonly channel: Channel;
  readonly sender: Sender;
  readonly sentAt: Instant;
  readonly words: NewWords;
}

/** The ticket that it stands on; null: it was never heard. */
export async function heardBefore(
  tx: TenantTx,
  key: Uint8Array,
  id: string,
): Promise<{ readonly ticket: TicketId; readonly number: number } | null> {
  const found = await tx.maybe(
    sql`select m.ticket_id, t.number from tickets.message m
      join tickets.ticket t on t.tenant_id = m.tenant_id and t.ticket_id = m.ticket_id
      where m.tenant_id = ${tx.tenantId} and m.mark = ${markOf(key, "message", id)}`,
    z.object({ ticket_id: ticketColumn, number: z.int() }),
  );
  return found === null ? null : { ticket: found.ticket_id, number: found.number };
}

/** false: it stands there already. */
export async function addMessage(keys: Keys, tx: TenantTx, key: Uint8Array, given: NewMessage): Promise<boolean> {
  const mark = markOf(key, "message", given.id);
  const words = await sealWords(keys, tx, mark, given.words);
  return (
    (await tx.run(sql`insert into tickets.message (tenant_id, ticket_id, conversation_id, mark, channel, sender, sent_at, words)
      values (${tx.tenantId}, ${given.ticket}, ${given.conversation}::uuid, ${mark}, ${given.channel}, ${given.sender},
        ${asDate(given.sentAt)}, ${words}) on conflict (tenant_id, mark) do nothing`)) === 1
  );
}

const row = z.object({
  mark: bytes,
  channel: z.enum(CHANNELS),
  sender: z.enum(SENDERS),
  sent_at: instantColumn,
  words: bytes,
});

/** The newest ones, in order. */
export async function saidOn(keys: Keys, tx: TenantTx, ticket: TicketId): Promise<readonly Said[]> {
  const rows = await tx.many(
    sql`select mark, channel, sender, sent_at, words from tickets.message
      where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} order by heard_at desc, message_id desc limit ${LIMITS.said}`,
    row,
  );
  const all: Said[] = [];
  for (const { mark, channel, sender, sent_at: at, words } of rows.toReversed()) {
    const { from, text, findings } = await openWords(keys, tx, mark, words);
    all.push({ channel, sender, from, text, at, findings });
  }
  return all;
}

export const countOf = async (tx: TenantTx, ticket: TicketId): Promise<number> =>
  (
    await tx.one(
      sql`select count(*)::int as n from tickets.message where tenant_id = ${tx.tenantId} and ticket_id = ${ticket}`,
      z.object({ n: z.int() }),
    )
  ).n;

/** What was said under this id; null: nothing. */
export const wordsOf = async (keys: Keys, tx: TenantTx, key: Uint8Array, id: string): Promise<string | null> =>
  (await opened(keys, tx, key, id))?.text ?? null;

/** Who said it; null: nobody. */
export const authorOf = async (keys: Keys, tx: TenantTx, key: Uint8Array, id: string): Promise<From | null> =>
  (await opened(keys, tx, key, id))?.from ?? null;

async function opened(keys: Keys, tx: TenantTx, key: Uint8Array, id: string): Promise<Words | null> {
  const found = await tx.maybe(
    sql`select mark, words from tickets.message where tenant_id = ${tx.tenantId} and mark = ${markOf(key, "message", id)}`,
    z.object({ mark: bytes, words: bytes }),
  );
  return found === null ? null : openWords(keys, tx, found.mark, found.words);
}
