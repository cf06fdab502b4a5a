// What the log says of tickets. INVARIANT: words of a client's person are in the part that is erased with them.

import type { EntryKind, NewEntry, Party } from "#audit";
import { PLATFORM_LOG, type Json, type TicketId } from "#kernel";
import type { Heard } from "../heard.ts";
import { cutText } from "../limits.ts";
import { fromJson } from "./sealed.ts";
import type { Actor } from "./types.ts";

export const OBSERVER: Party = { type: "app", id: "countersign" };
export const TIMER: Actor = {
  party: { type: "job", id: "tickets" },
  name: "Countersign",
  requestId: "tickets",
  channel: "api",
};

interface Told {
  readonly kind: Extract<EntryKind, `ticket.${string}` | "calendar.set">;
  readonly action?: string;
  readonly by: Actor;
  readonly body: Readonly<Record<string, Json>>;
  readonly personal?: NewEntry["personal"];
}

/** The timer's own acts have the ticket as their request id: one search finds them. */
export const entryOf = (about: { readonly ticket: TicketId; readonly number: number }, told: Told): NewEntry => ({
  kind: told.kind,
  outcome: "success",
  observer: OBSERVER,
  initiator: told.by.party,
  target: { type: "ticket", id: about.ticket },
  requestId: told.by === TIMER ? about.ticket : told.by.requestId,
  body: { v: 1, ticket: about.ticket, number: about.number, ...told.body },
  ...(told.action === undefined ? {} : { action: told.action }),
  ...(told.personal === undefined ? {} : { personal: told.personal }),
});

/** About all of a client's tickets. */
export const deskEntry = (tenant: string, told: Told): NewEntry => ({
  kind: told.kind,
  outcome: "success",
  observer: OBSERVER,
  initiator: told.by.party,
  target: { type: "tenant", id: tenant },
  requestId: told.by.requestId,
  body: { v: 1, ...told.body },
  ...(told.action === undefined ? {} : { action: told.action }),
});

/** The part of an entry that is erased with the person. */
export const personalOf = ({ channel, from, title, text }: Heard) => ({
  subject: `${channel}:${from.id ?? from.address ?? "unknown"}`,
  data: { from: fromJson(from), title, text },
});

/** A person of the client's is no party that we know; the channel brought it. */
export const whoOf = ({ channel, message, from }: Heard): Actor => ({
  party: { type: "job", id: `tickets.${channel}` },
  name: from.name,
  requestId: cutText(message, 120),
  channel,
});

/** Of the platform's own log: one clock for all clients. */
export const clockEntry = (by: Pick<Actor, "party" | "requestId">, why: string | null): NewEntry => ({
  kind: "ticket.clock",
  outcome: "success",
  observer: OBSERVER,
  initiator: by.party,
  target: { type: "log", id: PLATFORM_LOG },
  requestId: by.requestId,
  action: "believe",
  body: { v: 1, why },
});
