// A decision becomes a row, its event, and the next act, under the ticket's lock.

import sql from "sql-template-tag";
import type { TenantTx } from "#platform/postgres";
import { nextAct } from "../next.ts";
import type { Next, State, Ticket } from "../types.ts";
import { hoursOf } from "./calendars.ts";
import { addEvent, eventsOf } from "./events.ts";
import { asDate, type Row } from "./rows.ts";

export interface Changed {
  readonly ticket: Ticket;
  /** null: the state is as it was, and so is what happens next. */
  readonly entered: State | null;
}

export async function change(tx: TenantTx, row: Row, { ticket, entered }: Changed): Promise<Next | null> {
  if (entered !== null) await addEvent(tx, row.ticket, { kind: "entered", state: entered, at: row.now });
  const next = entered === null ? kept(row) : await derived(tx, row, ticket);
  const { wait, closed } = ticket;
  await tx.run(sql`update tickets.ticket set state = ${ticket.state}::tickets.state, owner = ${ticket.owner}::uuid, epoch = ${ticket.epoch},
      wait_started = ${asDate(wait?.startedAt ?? null)}, asked_at = ${asDate(wait?.askedAt ?? null)},
      nudged_at = ${asDate(wait?.nudgedAt ?? null)}, warned_at = ${asDate(warnedOf(row, ticket))},
      deadline = ${asDate(wait?.deadline ?? null)},
      next_action = ${next?.action ?? null}::tickets.action, next_due_at = ${asDate(next?.at ?? null)},
      closed_at = ${asDate(closed?.at ?? null)}, close_reason = ${closed?.reason ?? null},
      solved_by_agent = ${ticket.solvedByAgent}
    where tenant_id = ${tx.tenantId} and ticket_id = ${row.ticket}`);
  return next;
}

/** What was warned stays on a ticket that was closed for silence: the table asks for it. */
const warnedOf = (row: Row, { wait, closed }: Ticket) =>
  closed?.reason === "aged_out" ? row.warnedAt : (wait?.warnedAt ?? null);

const kept = ({ action, dueAt }: Row): Next | null => (action === null ? null : { action, at: dueAt });

async function derived(tx: TenantTx, row: Row, ticket: Ticket): Promise<Next | null> {
  const { calendar, target } = await hoursOf(tx, row.calendar);
  const events = await eventsOf(tx, row.ticket);
  return nextAct(ticket, { calendar, target, events, openedAt: row.openedAt, pagedAt: row.pagedAt }, row.now);
}
