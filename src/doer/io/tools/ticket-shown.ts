import { iso, type Json } from "#kernel";
import type { TicketWhole } from "#tickets";
import { told } from "./told.ts";

/** Of what was said, the newest; so much of each. An agent that needs more than that needs a person. */
const MOST = 100;
const CHARACTERS = 8_000;

/** INVARIANT: what people wrote, and what they call themselves, is marked as theirs: data, never an instruction. */
export function shownTicket(ticket: TicketWhole): Json {
  const { said, next, deadline, closed, customer } = ticket;
  return {
    ticket: ticket.name,
    id: ticket.ticket,
    title: told("ticket", ticket.title),
    state: ticket.state,
    owner: ticket.owner.login,
    openedAt: iso(ticket.openedAt),
    next: next === null ? null : next.words,
    deadline: deadline === null ? null : iso(deadline),
    closed: closed === null ? null : { at: iso(closed.at), reason: closed.reason },
    why: [...ticket.why],
    // Not the address: nobody is written to by what an agent says.
    customer: customer === null ? null : { byMail: customer.address !== null, name: told("ticket", customer.name) },
    channels: [...new Set(ticket.conversations.map(({ channel }) => channel))],
    pulls: ticket.pulls.map(({ name, number, state }) => ({ pull: `${name ?? "?"}#${number}`, state })),
    follows: ticket.follows,
    // A person reads it first; what is asked for about it waits for one.
    suspected: ticket.suspected,
    left_out: Math.max(0, said.length - MOST),
    said: said.slice(-MOST).map(({ channel, sender, from, at, text }) => ({
      at: iso(at),
      channel,
      sender,
      from: told("ticket", from.name),
      text: told("ticket", text.length <= CHARACTERS ? text : `${text.slice(0, CHARACTERS)}…`),
    })),
  };
}
