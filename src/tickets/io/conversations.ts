// Where a ticket is talked about, on any number of channels.

import sql from "sql-template-tag";
import { z } from "zod";
import type { TicketId } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import { instantColumn, type TenantTx } from "#platform/postgres";
import type { Instant } from "#kernel";
import { CHANNELS, type Channel } from "../heard.ts";
import { cutText, LIMITS } from "../limits.ts";
import { markOf } from "./marks.ts";
import { bytes, ticketColumn } from "./rows.ts";

export interface Conversation {
  readonly id: string;
  readonly channel: Channel;
  readonly name: string;
  /** Of the person who wrote there, where it is a mail's. */
  readonly address: string | null;
  readonly spokenAt: Instant;
  readonly gone: boolean;
}

const placeOf = (mark: Uint8Array) => ({
  column: "tickets.conversation.place",
  row: Buffer.from(mark).toString("hex"),
});
const sealed = z.strictObject({ name: z.string(), address: z.string().nullable() });

const row = z.object({
  conversation_id: z.string(),
  channel: z.enum(CHANNELS),
  mark: bytes,
  place: bytes,
  spoken_at: instantColumn,
  gone: z.boolean(),
});

/** Where the client spoke last first. */
export async function conversationsOf(keys: Keys, tx: TenantTx, ticket: TicketId): Promise<readonly Conversation[]> {
  const rows = await tx.many(
    sql`select conversation_id, channel, mark, place, spoken_at, gone_at is not null as gone from tickets.conversation
      where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} order by gone_at is not null, spoken_at desc, conversation_id`,
    row,
  );
  const all: Conversation[] = [];
  for (const each of rows) {
    const opened = await openColumn(keys, tx, placeOf(each.mark), each.place);
    if (opened.kind === "destroyed") continue;
    const { name, address } = sealed.parse(opened.value);
    all.push({
      id: each.conversation_id,
      channel: each.channel,
      name,
      address,
      spokenAt: each.spoken_at,
      gone: each.gone,
    });
  }
  return all;
}

const foundRow = z.object({ ticket_id: ticketColumn });

/** Whose conversation or message one of these is; the first that is somebody's. */
export async function ticketOfNames(tx: TenantTx, key: Uint8Array, names: readonly string[]): Promise<TicketId | null> {
  if (names.length === 0) return null;
  const conversations = names.map((name) => markOf(key, "conversation", name));
  const messages = names.map((name) => markOf(key, "message", name));
  const found = await tx.maybe(
    sql`select ticket_id from (
        select c.ticket_id, 0 as turn, array_position(${conversations}::bytea[], c.mark) as place from tickets.conversation c
          where c.tenant_id = ${tx.tenantId} and c.mark = any (${conversations}::bytea[])
        union all select m.ticket_id, 1, array_position(${messages}::bytea[], m.mark) from tickets.message m
          where m.tenant_id = ${tx.tenantId} and m.mark = any (${messages}::bytea[])
      ) found order by turn, place limit 1`,
    foundRow,
  );
  return found?.ticket_id ?? null;
}

/** One that another ticket had goes over to this one: the other is over for good. Gives its id. */
export async function putConversation(
  keys: Keys,
  tx: TenantTx,
  key: Uint8Array,
  given: {
    readonly ticket: TicketId;
    readonly channel: Channel;
    readonly name: string;
    readonly address: string | null;
  },
): Promise<string> {
  const name = cutText(given.name, LIMITS.conversation);
  const mark = markOf(key, "conversation", name);
  const place = await sealColumn(keys, tx, placeOf(mark), { name, address: given.address });
  const { conversation_id: id } = await tx.one(
    sql`insert into tickets.conversation (tenant_id, ticket_id, channel, mark, place)
      values (${tx.tenantId}, ${given.ticket}, ${given.channel}, ${mark}, ${place})
      on conflict (tenant_id, mark) do update set ticket_id = excluded.ticket_id, gone_at = null
      returning conversation_id`,
    z.object({ conversation_id: z.string() }),
  );
  return id;
}

export async function noteSpoken(tx: TenantTx, conversation: string): Promise<void> {
  await tx.run(sql`update tickets.conversation set spoken_at = now(), gone_at = null
    where tenant_id = ${tx.tenantId} and conversation_id = ${conversation}::uuid`);
}

/** false: it was known to be gone before. */
export const noteGone = async (tx: TenantTx, conversation: string): Promise<boolean> =>
  (await tx.run(sql`update tickets.conversation set gone_at = now()
    where tenant_id = ${tx.tenantId} and conversation_id = ${conversation}::uuid and gone_at is null`)) === 1;
