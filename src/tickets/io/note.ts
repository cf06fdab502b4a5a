// What somebody of ours keeps on a ticket, and says to nobody.

import { randomUUID } from "node:crypto";
import type { TicketId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { cutText, LIMITS } from "../limits.ts";
import { lockedDesk } from "./desk.ts";
import { entryOf } from "./entries.ts";
import { addMessage } from "./messages.ts";
import { locked } from "./rows.ts";
import type { Actor, TicketsDeps } from "./types.ts";

/** False: there is no such ticket. */
export async function note(
  deps: TicketsDeps,
  tx: TenantTx,
  ticket: TicketId,
  by: Actor,
  text: string,
): Promise<boolean> {
  const desk = await lockedDesk(deps, tx);
  const row = await locked(tx, ticket);
  if (row === null) return false;
  const said = cutText(text, LIMITS.text);
  const person = by.party.type !== "agent" && by.party.type !== "job";
  await addMessage(deps.keys, tx, desk.key, {
    ticket: row.ticket,
    id: `ticket/${row.ticket}/note/${randomUUID()}`,
    conversation: null,
    channel: by.channel ?? "api",
    sender: person ? "staff" : "ourselves",
    sentAt: row.now,
    words: { from: { name: by.name, address: null, id: null }, text: said, title: null },
  });
  await deps.append(
    tx,
    entryOf(row, { kind: "ticket.message", action: "note", by, body: { text: said, state: row.state } }),
  );
  return true;
}
