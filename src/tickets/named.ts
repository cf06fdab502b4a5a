import { ticketId, type TicketId } from "#kernel";

const NUMBER = /^[1-9]\d{0,8}$/;

/** What somebody calls a ticket: `7`, `ACME-7` in any case, or its id. null: it names none of this client's. */
export function ticketNamed(text: string, prefix: string): TicketId | number | null {
  const id = ticketId(text.toLowerCase());
  if (id !== null) return id;
  const own = `${prefix.toLowerCase()}-`;
  const digits = text.toLowerCase().startsWith(own) ? text.slice(own.length) : text;
  return NUMBER.test(digits) ? Number(digits) : null;
}
