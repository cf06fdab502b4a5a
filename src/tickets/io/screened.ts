// What people write is read by machines before an agent reads it. Nothing is refused for it: a customer may paste anything. It is kept
// with the message what was found, and a ticket with instructions on it is marked.

import sql from "sql-template-tag";
import type { Json } from "#kernel";
import type { Found, Scores } from "#screening";
import type { TenantTx } from "#platform/postgres";
import type { Heard } from "../heard.ts";
import { suspicious } from "../letters.ts";
import type { Finding } from "../view.ts";
import type { Desk } from "./desk.ts";
import type { Row } from "./rows.ts";
import { nameOf, tellOwner } from "./say.ts";
import type { TicketsDeps } from "./types.ts";

const MOST = 50;

export interface Read {
  readonly scores: Scores;
  readonly findings: readonly Finding[];
  readonly suspected: boolean;
}

export type HeardAndRead = Heard & { readonly read: Read };

/** For the log: only where there is something. */
export const seenBody = ({ read: { scores, suspected } }: HeardAndRead): Readonly<Record<string, Json>> =>
  scores.injection + scores.pii + scores.secrets === 0 ? {} : { screened: { ...scores, suspected } };

/** INVARIANT: before anything is locked: no text, however long it takes to read, holds up another one's. */
export async function readHeard({ screen }: Pick<TicketsDeps, "screen">, heard: Heard): Promise<Read> {
  const origin = heard.channel === "mail" ? "mail" : "ticket";
  const { scores, findings, suspected } = await screen([
    { origin, text: heard.title },
    { origin, text: heard.text },
  ]);
  const heaviest = findings.toSorted((a, b) => b.weight - a.weight).slice(0, MOST);
  return { scores, findings: heaviest.map(findingOf), suspected };
}

const findingOf = ({ kind, what, weight, span, at }: Found): Finding => ({
  kind,
  what,
  weight,
  in: span === 0 ? "title" : "text",
  at,
});

/** Marked until a person trusts it, and its owner is told once: a person reads it before an agent acts on it (X16). */
export async function mark(deps: TicketsDeps, tx: TenantTx, row: Row, desk: Desk): Promise<void> {
  const marked = await tx.run(sql`update tickets.ticket set suspected_at = now()
    where tenant_id = ${tx.tenantId} and ticket_id = ${row.ticket} and suspected_at is null`);
  if (marked === 0) return;
  const message = suspicious({ name: nameOf(await deps.prefix(tx), row.number) });
  const key = `ticket/${row.ticket}/${row.epoch}/suspected${row.trustedAt === null ? "" : `/${row.trustedAt}`}`;
  await tellOwner(deps, tx, row, desk, { key, message, notice: null });
}
