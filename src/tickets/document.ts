// A ticket as JSON: instants in ISO 8601, times in milliseconds.

import { iso } from "#kernel";
import type { TicketView, TicketWhole } from "./view.ts";

export const ticketDocument = (ticket: TicketView | TicketWhole) => ({
  ...ticket,
  openedAt: iso(ticket.openedAt),
  deadline: ticket.deadline === null ? null : iso(ticket.deadline),
  next: ticket.next === null ? null : { ...ticket.next, at: ticket.next.at === null ? null : iso(ticket.next.at) },
  trustedAt: ticket.trustedAt === null ? null : iso(ticket.trustedAt),
  closed: ticket.closed === null ? null : { ...ticket.closed, at: iso(ticket.closed.at) },
  ...("said" in ticket ? { said: ticket.said.map((each) => ({ ...each, at: iso(each.at) })) } : {}),
});
