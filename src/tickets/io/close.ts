// Closing for silence: the channels are asked first, outside any transaction; then it is compared and set. INVARIANT (S1): a reply wins.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant, TenantId, TicketId } from "#kernel";
import type { Database, TenantClaim, TenantTx } from "#platform/postgres";
import { decide } from "../decide.ts";
import type { Signal } from "../heard.ts";
import { agedOut, unread } from "../letters.ts";
import { closeAt, STAGES } from "../stages.ts";
import { change } from "./change.ts";
import { conversationsOf, type Conversation } from "./conversations.ts";
import { readDesk } from "./desk.ts";
import { entryOf, TIMER } from "./entries.ts";
import { goneFrom } from "./gone.ts";
import { locked, oneRow, ticketOf, type Row } from "./rows.ts";
import { announce, nameOf, placesOf, sayTo, tellOwner } from "./say.ts";
import { openTitle } from "./sealed.ts";
import type { TicketsDeps } from "./types.ts";

interface Asked {
  readonly conversation: Conversation;
  readonly signal: Signal;
}

export type Closing = "closed" | "answered" | "open";

export async function closeSilent(
  deps: TicketsDeps & { readonly database: Pick<Database, "withTenant"> },
  claim: TenantClaim,
  due: { readonly ticket: TicketId; readonly epoch: number },
): Promise<Closing> {
  const inTenant = <T>(fn: (tx: TenantTx) => Promise<T>): Promise<T> => deps.database.withTenant(claim, fn);
  const begun = await inTenant(async (tx) => {
    const row = await oneRow(tx, due.ticket);
    if (row?.wait == null || row.epoch !== due.epoch) return null;
    return { since: row.wait.askedAt, all: await conversationsOf(deps.keys, tx, due.ticket) };
  });
  if (begun === null) return "open";
  const asked = await ask(deps, claim.tenantId, begun.all, begun.since);
  return inTenant((tx) => settle(deps, tx, due, asked));
}

async function ask(
  deps: TicketsDeps,
  tenant: TenantId,
  all: readonly Conversation[],
  since: Instant,
): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  for (const conversation of all) {
    if (conversation.gone) {
      asked.push({ conversation, signal: { kind: "gone" } });
      continue;
    }
    const { channel, name } = conversation;
    const signal = await deps
      .lastSignal(tenant, { channel, conversation: name, since })
      .catch((): Signal => ({ kind: "unknown", why: "the channel could not be asked" }));
    asked.push({ conversation, signal });
  }
  return asked;
}

/** The newest word of all channels. Fail closed: of one that could not be read, nothing is known of the ticket. */
export function lastOf(signals: readonly Signal[]): Instant | null | "unknown" {
  let last: Instant | null = null;
  let unknown = signals.length > 0 && signals.every(({ kind }) => kind === "gone");
  for (const signal of signals) {
    if (signal.kind === "unknown") unknown = true;
    if (signal.kind === "heard" && (last === null || signal.at > last)) last = signal.at;
  }
  // A word that was heard counts, whatever else could not be read.
  return last ?? (unknown ? "unknown" : null);
}

async function settle(
  deps: TicketsDeps,
  tx: TenantTx,
  due: { readonly ticket: TicketId; readonly epoch: number },
  asked: readonly Asked[],
): Promise<Closing> {
  const row = await locked(tx, due.ticket);
  if (row === null) return "open";
  await noteAllGone(deps, tx, row, asked);
  // INVARIANT (T6, T7): by a clock in doubt nothing is closed.
  if (!(await clockBelieved(tx))) return "open";
  const lastSignal = lastOf(asked.map(({ signal }) => signal));
  const decided = decide(ticketOf(row), { kind: "age_out", epoch: due.epoch, lastSignal }, row.now);
  if (decided.kind !== "changed") {
    if (lastSignal === "unknown") await tellUnread(deps, tx, row, asked);
    return "open";
  }
  await change(tx, row, decided);
  const { state } = decided.ticket;
  const closed = state === "closed";
  const action = closed ? "aged_out" : "answered";
  const body = { before: row.state, after: state, epoch: row.epoch, deadline: row.wait?.deadline ?? null };
  await deps.append(tx, entryOf(row, { kind: "ticket.state", action, by: TIMER, body }));
  const key = `ticket/${row.ticket}/${row.epoch}/${action}/1`;
  if (closed) {
    const title = await openTitle(deps.keys, tx, row.ticket, row.title);
    const message = agedOut({ name: nameOf(await deps.prefix(tx), row.number), title });
    const places = await placesOf(deps, tx, row, title);
    await sayTo(deps, tx, row, places, { key, message, notice: null, notBefore: null, reach: "everywhere" });
  }
  const text = closed ? "It is closed: the client did not answer for seven days." : "The client has answered.";
  await announce(deps, tx, { ...row, state }, { event: "ticket.changed", key: `${key}/changed`, text, notice: null });
  return closed ? "closed" : "answered";
}

/** INVARIANT (S1): nothing rots. A channel that nobody can read for a day is its owner's to look at, once a day. */
async function tellUnread(deps: TicketsDeps, tx: TenantTx, row: Row, asked: readonly Asked[]): Promise<void> {
  const { wait, pagedAt, now } = row;
  const told = pagedAt !== null && now < pagedAt + STAGES.breath;
  if (told || wait === null || wait.warnedAt === null || now < closeAt(wait, wait.warnedAt) + STAGES.breath) return;
  const desk = await readDesk(deps.keys, tx);
  if (desk === null) return;
  const whys = asked.flatMap(({ conversation: { channel }, signal }) =>
    signal.kind === "unknown" ? [`${channel}: ${signal.why.replace(/\.?$/, ".")}`] : [],
  );
  const title = await openTitle(deps.keys, tx, row.ticket, row.title);
  const message = unread(
    { name: nameOf(await deps.prefix(tx), row.number), title },
    whys.join(" ") || "it has no place left.",
  );
  await tellOwner(deps, tx, row, desk, {
    key: `ticket/${row.ticket}/${row.epoch}/unread/${now}`,
    message,
    notice: null,
  });
  await tx.run(
    sql`update tickets.ticket set paged_at = now() where tenant_id = ${tx.tenantId} and ticket_id = ${row.ticket}`,
  );
  await deps.append(
    tx,
    entryOf(row, { kind: "ticket.message", action: "unread", by: TIMER, body: { epoch: row.epoch } }),
  );
}

async function noteAllGone(deps: TicketsDeps, tx: TenantTx, row: Row, asked: readonly Asked[]): Promise<void> {
  const left = asked.filter(({ signal }) => signal.kind !== "gone").length;
  for (const { conversation, signal } of asked)
    if (signal.kind === "gone") await goneFrom(deps, tx, row, { ...conversation, left, how: "deleted or moved away" });
}

export const clockBelieved = async (tx: TenantTx): Promise<boolean> =>
  (await tx.one(sql`select doubted_at is null as believed from tickets.heartbeat`, z.object({ believed: z.boolean() })))
    .believed;
