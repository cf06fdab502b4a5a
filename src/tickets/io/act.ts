// What a person of ours, an agent or a rule does to a ticket.

import { createHash, randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { TicketId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { decide } from "../decide.ts";
import { saying, solvedByAgent } from "../letters.ts";
import { cutText, LIMITS } from "../limits.ts";
import { waitingOn, type State } from "../types.ts";
import { change } from "./change.ts";
import { lockedDesk, type Desk } from "./desk.ts";
import { entryOf } from "./entries.ts";
import { addMessage } from "./messages.ts";
import { locked, ticketOf, type Row } from "./rows.ts";
import { announce, nameOf, placesOf, sayTo, tellOwner } from "./say.ts";
import { openTitle } from "./sealed.ts";
import type { Acted, Actor, StaffAct, TicketsDeps } from "./types.ts";

const refused = (why: string, next: string): Acted => ({ kind: "refused", why, next });
const REACHED_NOWHERE: Acted = refused(
  "There is nowhere that the client could be told: no conversation of the ticket's is left, and no mail address is known.",
  "Reach the client in another way, then: countersign ticket resolve.",
);
const ASKED_BEFORE: Acted = refused(
  "A question was asked on it already, and nobody has answered since.",
  "Wait for the answer. What cannot wait, a person asks: countersign ticket ask.",
);
const NO_TEXT: Acted = refused("There is nothing to say.", "Give the text that the client is to read.");

export async function act(
  deps: TicketsDeps,
  tx: TenantTx,
  ticket: TicketId,
  asked: StaffAct,
  by: Actor,
  text: string | null,
): Promise<Acted> {
  if (asked.kind === "ask" && (text ?? "").trim() === "") return NO_TEXT;
  if (asked.kind === "reassign" && !(await isPerson(tx, asked.owner)))
    return refused("Nobody of this client's people is that.", "List them: countersign person list.");
  // In this order everywhere: who hears a message holds the desk before the ticket.
  const desk = await lockedDesk(deps, tx);
  const row = await locked(tx, ticket);
  if (row === null) return { kind: "unknown" };
  if (asked.kind === "ask" && isAgent(by) && (await unanswered(tx, row))) return ASKED_BEFORE;
  const decided = decide(
    ticketOf(row),
    asked.kind === "resolve" && isAgent(by) ? { ...asked, agent: true } : asked,
    row.now,
  );
  if (decided.kind === "refused")
    return { ...decided, next: decided.next.replace("TICKET", nameOf(await deps.prefix(tx), row.number)) };
  if (decided.kind !== "changed") return decided;
  const said = asked.kind === "ask" || text === null ? text : cutText(text, LIMITS.text);
  const epoch = decided.ticket.epoch;
  const key = `ticket/${row.ticket}/${epoch}/${asked.kind}/${asked.kind === "ask" ? 1 : row.now}`;
  if (said !== null && said.trim() !== "") {
    const reached = await sayOn(deps, tx, { ...row, epoch }, by, said, key, desk.key);
    // INVARIANT: a wait that the client never heard of does not begin.
    if (asked.kind === "ask" && reached === 0) return REACHED_NOWHERE;
  }
  await change(tx, row, decided);
  if (decided.ticket.solvedByAgent) await tellSolved(deps, tx, { ...row, state: decided.ticket.state }, desk);
  await deps.append(tx, entryFor(row, asked, by, said, decided.ticket.state, epoch));
  await announce(
    deps,
    tx,
    { ...row, state: decided.ticket.state, epoch },
    {
      event: "ticket.changed",
      key: `${key}/changed`,
      text: wordsFor(asked, decided.ticket.state),
      notice: null,
    },
  );
  return { kind: "done", state: decided.ticket.state, number: row.number };
}

/** Whose move it is stays as it is. */
export async function reply(
  deps: TicketsDeps,
  tx: TenantTx,
  ticket: TicketId,
  by: Actor,
  text: string,
  key: string | null,
): Promise<Acted> {
  if (text.trim() === "") return NO_TEXT;
  const desk = await lockedDesk(deps, tx);
  const row = await locked(tx, ticket);
  if (row === null) return { kind: "unknown" };
  if (row.frozenAt !== null)
    return refused("The client is on its way out: its tickets stand still.", "Reinstate the client first.");
  const said = cutText(text, LIMITS.text);
  const whole = `ticket/${row.ticket}/${row.epoch}/reply/${key === null ? randomUUID() : asKey(key)}`;
  const reached = await sayOn(deps, tx, row, by, said, whole, desk.key);
  if (reached === "before") return { kind: "unchanged", why: "That was said before." };
  if (reached === 0) return REACHED_NOWHERE;
  await deps.append(
    tx,
    entryOf(row, { kind: "ticket.message", action: "reply", by, body: { text: said, state: row.state } }),
  );
  return { kind: "done", state: row.state, number: row.number };
}

/** Whatever somebody's idempotency key is made of, ours is of ids alone. */
const asKey = (given: string): string =>
  /^[A-Za-z0-9_.:-]{1,64}$/.test(given) ? given : createHash("sha256").update(given).digest("hex").slice(0, 32);

/** Kept with the others, and on its way. Gives to how many places. */
async function sayOn(
  deps: TicketsDeps,
  tx: TenantTx,
  row: Row,
  by: Actor,
  text: string,
  key: string,
  marks: Uint8Array,
): Promise<number | "before"> {
  const title = await openTitle(deps.keys, tx, row.ticket, row.title);
  const places = await placesOf(deps, tx, row, title);
  if (places.length === 0) return 0;
  const person = by.party.type !== "agent" && by.party.type !== "job";
  const fresh = await addMessage(deps.keys, tx, marks, {
    ticket: row.ticket,
    id: key,
    conversation: null,
    channel: by.channel ?? "api",
    sender: person ? "staff" : "ourselves",
    sentAt: row.now,
    words: { from: { name: by.name, address: null, id: null }, text, title: null },
  });
  if (!fresh) return "before";
  const name = nameOf(await deps.prefix(tx), row.number);
  const message = saying({ name, title }, text);
  return sayTo(deps, tx, row, places, { key, message, notice: null, notBefore: null, reach: "home" });
}

/** INVARIANT: who acts is the packet's word or the session's, and nothing that is asked for says otherwise. */
const isAgent = ({ party }: Actor): boolean => party.type === "agent";

/**
 * INVARIANT: an agent asks one question at a time, whatever else it says of the ticket in between: each is a message to a client, and each
 * begins the wait anew.
 */
async function unanswered(tx: TenantTx, row: Row): Promise<boolean> {
  const { asked } = await tx.one(
    sql`select exists (select from tickets.event e
        where e.tenant_id = ${tx.tenantId} and e.ticket_id = ${row.ticket} and e.kind = 'entered' and e.state = 'waiting_client'
          and e.at > coalesce((select max(m.heard_at) from tickets.message m
            where m.tenant_id = e.tenant_id and m.ticket_id = e.ticket_id and m.sender in ('client_person', 'staff')), '-infinity')) as asked`,
    z.object({ asked: z.boolean() }),
  );
  return asked;
}

/** INVARIANT (S1): no ticket leaves the desk by an agent's word without its owner hearing of it. */
async function tellSolved(deps: TicketsDeps, tx: TenantTx, row: Row, desk: Desk): Promise<void> {
  const message = solvedByAgent({ name: nameOf(await deps.prefix(tx), row.number) });
  await tellOwner(deps, tx, row, desk, {
    key: `ticket/${row.ticket}/${row.epoch}/solved/${row.now}`,
    message,
    notice: null,
  });
}

async function isPerson(tx: TenantTx, person: string): Promise<boolean> {
  const { there } = await tx.one(
    sql`select exists (select from identity.person where tenant_id = ${tx.tenantId} and person_id = ${person}::uuid and removed_at is null) as there`,
    z.object({ there: z.boolean() }),
  );
  return there;
}

function entryFor(row: Row, asked: StaffAct, by: Actor, text: string | null, after: State, epoch: number) {
  const body = { before: row.state, after, epoch, text };
  switch (asked.kind) {
    case "ask":
      return entryOf(row, { kind: "ticket.message", action: "ask", by, body });
    case "reassign":
      return entryOf(row, { kind: "ticket.own", by, body: { from: row.owner, to: asked.owner, text } });
    case "close":
      return entryOf(row, { kind: "ticket.state", action: "close", by, body: { ...body, reason: asked.reason } });
    case "triage":
    case "start":
    case "resolve":
    case "reopen":
      return entryOf(row, { kind: "ticket.state", action: asked.kind, by, body });
  }
}

function wordsFor(asked: StaffAct, state: State): string {
  if (asked.kind === "reassign") return "It has another owner.";
  switch (waitingOn(state)) {
    case "us":
      return "It is our move.";
    case "client":
      return "The client was asked.";
    case "nobody":
      return `It is ${state}.`;
  }
}
