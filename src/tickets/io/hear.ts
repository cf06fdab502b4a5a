// A message opens a ticket or lands on one, whatever the channel: facts under locks, the pure decision, and one transaction with the
// message, the state, the timer and the entry.

import type { TicketId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { decide } from "../decide.ts";
import type { Heard, HeardAnswer } from "../heard.ts";
import { cutText, LIMITS } from "../limits.ts";
import { sameAddress } from "../places.ts";
import { change } from "./change.ts";
import { conversationsOf, noteSpoken, putConversation, ticketOfNames } from "./conversations.ts";
import { lockedDesk, readDesk, type Desk } from "./desk.ts";
import { entryOf, personalOf, whoOf } from "./entries.ts";
import { addMessage, authorOf, heardBefore } from "./messages.ts";
import { open } from "./open.ts";
import { locked, oneRow, ticketOf, type Row } from "./rows.ts";
import { announce } from "./say.ts";
import { mark, readHeard, seenBody, type HeardAndRead } from "./screened.ts";
import { openCustomer } from "./sealed.ts";
import type { TicketsDeps } from "./types.ts";

const NOTHING: HeardAnswer = { kind: "nothing", ticket: null, number: null };

export async function hear(deps: TicketsDeps, tx: TenantTx, given: Heard): Promise<HeardAnswer> {
  const heard = bounded(given);
  // A client without tickets has nothing that a message could land on, and no desk is made for it.
  if (!mayOpen(heard) && (await readDesk(deps.keys, tx)) === null) return NOTHING;
  const read = await readHeard(deps, heard);
  // INVARIANT: one message of a client is heard at a time: the same one twice at once opens one ticket.
  const desk = await lockedDesk(deps, tx);
  const before = await heardBefore(tx, desk.key, heard.message);
  if (before !== null) {
    // INVARIANT (S1): nobody takes the word out of somebody's mouth by using a mail's id first, or again.
    if (heard.channel === "mail" && !(await isOf(deps, tx, desk, heard))) return { ...NOTHING, kind: "taken" };
    return { kind: "known", ...before };
  }
  const found = await ticketFor(deps, tx, desk, heard);
  const row = found === null ? null : await locked(tx, found);
  if (row === null) return mayOpen(heard) ? open(deps, tx, desk, { ...heard, read }, null) : NOTHING;
  // T11: what we sent is on record already.
  if (heard.sender === "ourselves") return { kind: "known", ticket: row.ticket, number: row.number };
  return land(deps, tx, desk, row, { ...heard, read });
}

/** INVARIANT: a machine that answers by itself opens nothing: two of them would open tickets at each other. */
const mayOpen = ({ opens, sender }: Heard): boolean => opens && sender !== "ourselves" && sender !== "auto_reply";

async function ticketFor(deps: TicketsDeps, tx: TenantTx, desk: Desk, heard: Heard): Promise<TicketId | null> {
  const names = [...(heard.conversation === null ? [] : [heard.conversation]), ...heard.answers];
  const found = await ticketOfNames(tx, desk.key, names);
  if (found !== null && heard.vouched !== false) return found;
  const named = found ?? heard.number;
  const row = named === null ? null : await oneRow(tx, named);
  return row !== null && (await mayName(deps, tx, row, heard)) ? row.ticket : null;
}

/** A number in a subject is known to whoever has seen one. By mail it counts from somebody who is on the ticket already. */
async function mayName(deps: TicketsDeps, tx: TenantTx, row: Row, heard: Heard): Promise<boolean> {
  return heard.channel !== "mail" || heard.vouched === true || (await isOn(deps, tx, row, heard));
}

/** The message that has this id is by the same address. Of one whose words are erased nobody knows. */
async function isOf({ keys }: TicketsDeps, tx: TenantTx, desk: Desk, { message, from }: Heard): Promise<boolean> {
  const author = await authorOf(keys, tx, desk.key, message);
  return author?.address == null || sameAddress(author.address, from.address);
}

async function isOn(deps: TicketsDeps, tx: TenantTx, row: Row, { from }: Heard): Promise<boolean> {
  const customer = await openCustomer(deps.keys, tx, row.ticket, row.customer);
  if (sameAddress(customer?.address ?? null, from.address)) return true;
  const conversations = await conversationsOf(deps.keys, tx, row.ticket);
  return conversations.some(({ address }) => sameAddress(address, from.address));
}

async function land(deps: TicketsDeps, tx: TenantTx, desk: Desk, row: Row, heard: HeardAndRead): Promise<HeardAnswer> {
  const decided = decide(ticketOf(row), { kind: "message", from: heard.sender, sentAt: heard.sentAt }, row.now);
  // T13: closed too long ago. A person's word is a new ticket that names the old one; a machine's is kept where it is.
  if (decided.kind === "refused" && heard.sender === "client_person") return open(deps, tx, desk, heard, row.number);
  const conversation = await conversationFor(deps, tx, desk, row, heard);
  await addMessage(deps.keys, tx, desk.key, {
    ticket: row.ticket,
    id: heard.message,
    conversation,
    channel: heard.channel,
    sender: heard.sender,
    sentAt: heard.sentAt,
    words: { from: heard.from, text: heard.text, title: heard.title, findings: heard.read.findings },
  });
  if (conversation !== null && heard.sender === "client_person") await noteSpoken(tx, conversation);
  const after = decided.kind === "changed" ? decided.ticket.state : row.state;
  if (decided.kind === "changed") await change(tx, row, decided);
  await deps.append(
    tx,
    entryOf(row, {
      kind: "ticket.message",
      action: "heard",
      by: whoOf(heard),
      body: {
        channel: heard.channel,
        sender: heard.sender,
        before: row.state,
        after,
        epoch: row.epoch,
        ...seenBody(heard),
      },
      personal: personalOf(heard),
    }),
  );
  if (heard.read.suspected) await mark(deps, tx, row, desk);
  if (after !== row.state)
    await announce(
      deps,
      tx,
      { ...row, state: after },
      {
        event: "ticket.changed",
        key: `ticket/${row.ticket}/${row.epoch}/heard/${row.now}`,
        text: "The client has answered.",
        notice: null,
      },
    );
  return { kind: "landed", ticket: row.ticket, number: row.number };
}

/**
 * Where the message was said is a conversation of the ticket's from now on. INVARIANT: by mail only for who is on the ticket: what we
 * write to the client goes to nobody who has only seen a number.
 */
async function conversationFor(
  deps: TicketsDeps,
  tx: TenantTx,
  desk: Desk,
  row: Row,
  heard: Heard,
): Promise<string | null> {
  if (heard.conversation === null) return null;
  const name = heard.conversation;
  const there = (await conversationsOf(deps.keys, tx, row.ticket)).find((each) => each.name === name);
  if (there !== undefined) return there.id;
  if (heard.channel === "mail" && heard.vouched !== true && !(await isOn(deps, tx, row, heard))) return null;
  const address = heard.channel === "mail" ? heard.from.address : null;
  return putConversation(deps.keys, tx, desk.key, { ticket: row.ticket, channel: heard.channel, name, address });
}

const bounded = (heard: Heard): Heard => ({
  ...heard,
  conversation: heard.conversation === null ? null : cutText(heard.conversation, LIMITS.conversation),
  answers: heard.answers.slice(0, LIMITS.answers).map((each) => cutText(each, LIMITS.conversation)),
  message: cutText(heard.message, LIMITS.conversation),
  title: cutText(heard.title, LIMITS.title),
  text: cutText(heard.text, LIMITS.text),
});
