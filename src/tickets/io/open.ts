// A ticket's first moment: numbered, owned, with its first act due.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import { instantColumn, type TenantTx } from "#platform/postgres";
import type { HeardAnswer } from "../heard.ts";
import { nextAct } from "../next.ts";
import type { Ticket } from "../types.ts";
import { newestHours } from "./calendars.ts";
import { noteSpoken, putConversation } from "./conversations.ts";
import { nextNumber, type Desk } from "./desk.ts";
import { entryOf, personalOf, whoOf } from "./entries.ts";
import { addEvent } from "./events.ts";
import { addMessage } from "./messages.ts";
import { asDate, locked, ticketColumn } from "./rows.ts";
import { announce } from "./say.ts";
import { mark, seenBody, type HeardAndRead } from "./screened.ts";
import { sealCustomer, sealTitle } from "./sealed.ts";
import type { TicketsDeps } from "./types.ts";

/** `follows`: the number of the one that it goes on from. */
export async function open(
  deps: TicketsDeps,
  tx: TenantTx,
  desk: Desk,
  heard: HeardAndRead,
  follows: number | null,
): Promise<HeardAnswer> {
  const { id: ticket, now } = await tx.one(
    sql`select platform.uuidv7() as id, now() as now`,
    z.object({ id: ticketColumn, now: instantColumn }),
  );
  const hours = await newestHours(tx);
  if (hours === null) throw new Fault("invariant_broken", "A desk has no hours.");
  const number = await nextNumber(tx);
  const fresh: Ticket = {
    state: "new",
    owner: desk.defaultOwner,
    epoch: 0,
    wait: null,
    closed: null,
    frozen: false,
    solvedByAgent: false,
  };
  const events = [{ kind: "entered", state: "new", at: now }] as const;
  const next = nextAct(fresh, { ...hours, events, openedAt: now, pagedAt: null }, now);
  const customer = heard.sender === "client_person" ? await sealCustomer(deps.keys, tx, ticket, heard.from) : null;
  await tx.run(sql`insert into tickets.ticket (tenant_id, ticket_id, number, owner, title, customer, repository_id, follows, calendar, next_action, next_due_at)
    values (${tx.tenantId}, ${ticket}, ${number}, ${desk.defaultOwner}, ${await sealTitle(deps.keys, tx, ticket, heard.title)}, ${customer},
      ${heard.repository}, ${follows}, ${hours.version}, ${next?.action ?? null}::tickets.action, ${asDate(next?.at ?? null)})`);
  await addEvent(tx, ticket, events[0]);
  const conversation =
    heard.conversation === null
      ? null
      : await putConversation(deps.keys, tx, desk.key, {
          ticket,
          channel: heard.channel,
          name: heard.conversation,
          address: heard.channel === "mail" ? heard.from.address : null,
        });
  if (conversation !== null) await noteSpoken(tx, conversation);
  await addMessage(deps.keys, tx, desk.key, {
    ticket,
    id: heard.message,
    conversation,
    channel: heard.channel,
    sender: heard.sender,
    sentAt: heard.sentAt,
    words: { from: heard.from, text: heard.text, title: heard.title, findings: heard.read.findings },
  });
  const { channel, sender, repository } = heard;
  await deps.append(
    tx,
    entryOf(
      { ticket, number },
      {
        kind: "ticket.open",
        by: whoOf(heard),
        body: {
          channel,
          sender,
          repository,
          owner: desk.defaultOwner,
          calendar: hours.version,
          follows,
          ...seenBody(heard),
        },
        personal: personalOf(heard),
      },
    ),
  );
  const row = await locked(tx, ticket);
  if (row !== null && heard.read.suspected) await mark(deps, tx, row, desk);
  if (row !== null)
    await announce(deps, tx, row, {
      event: "ticket.opened",
      key: `ticket/${ticket}/0/opened/1`,
      text: follows === null ? "A ticket was opened." : `A ticket was opened. It goes on from number ${follows}.`,
      notice: null,
    });
  return { kind: "opened", ticket, number };
}
