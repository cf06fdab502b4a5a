// T24: a conversation that was deleted or moved away. The ticket goes on without it, and its owner knows.

import type { TenantTx } from "#platform/postgres";
import { sourceGone } from "../letters.ts";
import { conversationsOf, noteGone, ticketOfNames, type Conversation } from "./conversations.ts";
import { readDesk } from "./desk.ts";
import { entryOf, TIMER } from "./entries.ts";
import { locked, type Row } from "./rows.ts";
import { nameOf, tellOwner } from "./say.ts";
import { openTitle } from "./sealed.ts";
import type { TicketsDeps } from "./types.ts";

const HOW = { transferred: "moved away", deleted: "deleted" } as const;

/** The source says so. Of a conversation that is on no ticket, nothing is done. */
export async function gone(
  deps: TicketsDeps,
  tx: TenantTx,
  conversation: string,
  how: keyof typeof HOW,
): Promise<void> {
  const desk = await readDesk(deps.keys, tx);
  const ticket = desk === null ? null : await ticketOfNames(tx, desk.key, [conversation]);
  const row = ticket === null ? null : await locked(tx, ticket);
  if (row === null) return;
  const all = await conversationsOf(deps.keys, tx, row.ticket);
  const one = all.find(({ name }) => name === conversation);
  const left = all.filter((each) => each !== one && !each.gone).length;
  if (one !== undefined) await goneFrom(deps, tx, row, { ...one, left, how: HOW[how] });
}

export interface Gone extends Pick<Conversation, "id" | "channel"> {
  /** Conversations that the client still has. */
  readonly left: number;
  readonly how: string;
}

/** Told once. */
export async function goneFrom(
  deps: TicketsDeps,
  tx: TenantTx,
  row: Row,
  { id, channel, left, how }: Gone,
): Promise<void> {
  const desk = await readDesk(deps.keys, tx);
  if (desk === null || !(await noteGone(tx, id))) return;
  const title = await openTitle(deps.keys, tx, row.ticket, row.title);
  const subject = { name: nameOf(await deps.prefix(tx), row.number), title };
  const message = sourceGone(subject, `Its conversation on ${channel}`, how, left);
  await tellOwner(deps, tx, row, desk, { key: `ticket/${row.ticket}/gone/${id}`, message, notice: null });
  const body = { channel, left, how };
  await deps.append(tx, entryOf(row, { kind: "ticket.message", action: "source_gone", by: TIMER, body }));
}
