// Tickets as people and programs are shown them.

import sql from "sql-template-tag";
import { z } from "zod";
import { instantOfMillis, type TicketId } from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import { ticketId } from "#kernel";
import { clocks } from "../clocks.ts";
import { STATES, type ClockEvent } from "../types.ts";
import { LIMITS } from "../limits.ts";
import type { TicketView, TicketWhole } from "../view.ts";
import { whyOf } from "../why.ts";
import { nextWords } from "../words.ts";
import { hoursOf, type Hours } from "./calendars.ts";
import { clockBelieved } from "./close.ts";
import { conversationsOf } from "./conversations.ts";
import { eventsOf } from "./events.ts";
import { pullsOf } from "./links.ts";
import { countOf, saidOn } from "./messages.ts";
import { noticesOf } from "./notices.ts";
import { loginOf } from "./owners.ts";
import { nextOfRow, oneRow, rowsWhere, ticketOf, type Row } from "./rows.ts";
import { nameOf } from "./say.ts";
import { openCustomer, openTitle } from "./sealed.ts";
import type { TicketFilter, TicketRef, TicketsDeps } from "./types.ts";

/** The next automatic act first; what waits for a delivery after it, and what is over at the end. */
export async function list(
  deps: TicketsDeps,
  tx: TenantTx,
  { owner, all }: TicketFilter,
): Promise<readonly TicketView[]> {
  const rows = await rowsWhere(
    tx,
    sql`(${all} or next_action is not null or solved_by_agent) and (${owner}::uuid is null or owner = ${owner}::uuid)
      order by next_action is null, next_due_at nulls last, number limit ${LIMITS.listed}`,
  );
  const events = await eventsOfAll(
    tx,
    rows.map(({ ticket }) => ticket),
  );
  const prefix = await deps.prefix(tx);
  const logins = new Map<string, string>();
  const hours = new Map<number, Hours>();
  const views: TicketView[] = [];
  for (const row of rows) {
    const login = logins.get(row.owner) ?? (await loginOf(tx, row.owner));
    const own = hours.get(row.calendar) ?? (await hoursOf(tx, row.calendar));
    logins.set(row.owner, login);
    hours.set(row.calendar, own);
    views.push(await viewOf(deps, tx, { row, events: events.get(row.ticket) ?? [], hours: own, login, prefix }));
  }
  return views;
}

interface Parts {
  readonly row: Row;
  readonly events: readonly ClockEvent[];
  readonly hours: Hours;
  readonly login: string;
  readonly prefix: string;
}

async function viewOf(
  deps: TicketsDeps,
  tx: TenantTx,
  { row, events, hours, login, prefix }: Parts,
): Promise<TicketView> {
  const { ours, client } = clocks(hours.calendar, events, row.now);
  const frozen = row.frozenAt !== null;
  const next = frozen ? null : nextOfRow(row);
  return {
    ticket: row.ticket,
    number: row.number,
    name: nameOf(prefix, row.number),
    title: await openTitle(deps.keys, tx, row.ticket, row.title),
    state: row.state,
    owner: { person: row.owner, login },
    repository: row.repository,
    openedAt: row.openedAt,
    epoch: row.epoch,
    next: next === null ? null : { ...next, words: nextWords(next, row.now, hours.calendar.zone) },
    clocks: { ours, target: hours.target, client },
    deadline: row.wait?.deadline ?? null,
    frozen,
    suspected: row.suspected,
    trustedAt: row.trustedAt,
    solvedByAgent: row.solvedByAgent,
    closed: row.closed,
  };
}

export async function read(deps: TicketsDeps, tx: TenantTx, ref: TicketRef): Promise<TicketWhole | null> {
  const row = await oneRow(tx, ref);
  if (row === null) return null;
  const events = await eventsOf(tx, row.ticket);
  const hours = await hoursOf(tx, row.calendar);
  const login = await loginOf(tx, row.owner);
  const messages = await countOf(tx, row.ticket);
  const conversations = await conversationsOf(deps.keys, tx, row.ticket);
  const view = await viewOf(deps, tx, { row, events, hours, login, prefix: await deps.prefix(tx) });
  return {
    ...view,
    customer: await openCustomer(deps.keys, tx, row.ticket, row.customer),
    conversations: conversations.map(({ channel, name, gone }) => ({ channel, conversation: name, gone })),
    pulls: await pullsOf(deps, tx, row.ticket),
    said: await saidOn(deps.keys, tx, row.ticket),
    messages,
    follows: row.follows,
    why: whyOf({
      ticket: ticketOf(row),
      next: nextOfRow(row),
      clocks: clocks(hours.calendar, events, row.now),
      targetMs: hours.target,
      enteredAt: events.findLast(({ kind }) => kind === "entered")?.at ?? row.openedAt,
      notices: await noticesOf(tx, row.ticket),
      owner: login,
      frozenAt: row.frozenAt,
      unreachable: row.unreachable,
      clockBelieved: await clockBelieved(tx),
      suspected: row.suspected ? { name: view.name, messages } : null,
      trustedAt: row.trustedAt,
      zone: hours.calendar.zone,
      now: row.now,
    }),
  };
}

const eventRow = z.object({
  ticket_id: branded(z.string(), ticketId),
  kind: z.enum(["entered", "frozen", "thawed"]),
  state: z.enum(STATES).nullable(),
  at: instantColumn,
});

async function eventsOfAll(tx: TenantTx, tickets: readonly TicketId[]): Promise<Map<TicketId, ClockEvent[]>> {
  const rows = await tx.many(
    sql`select ticket_id, kind, state, at from tickets.event
      where tenant_id = ${tx.tenantId} and ticket_id = any (${[...tickets]}::uuid[]) order by ticket_id, seq`,
    eventRow,
  );
  const all = new Map<TicketId, ClockEvent[]>();
  for (const { ticket_id: ticket, kind, state, at } of rows) {
    const events = all.get(ticket) ?? [];
    if (kind !== "entered") events.push({ kind, at: instantOfMillis(at) });
    else if (state !== null) events.push({ kind, state, at });
    all.set(ticket, events);
  }
  return all;
}
