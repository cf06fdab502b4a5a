// What leaves on a ticket's account: to which of its places, under which key.

import type { Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import type { From } from "../heard.ts";
import type { About, Message, Place } from "../outgoing.ts";
import { parseConversation, parsePagePlace } from "../places.ts";
import type { Action } from "../types.ts";
import type { Instant } from "#kernel";
import { conversationsOf, type Conversation } from "./conversations.ts";
import { readDesk, type Desk } from "./desk.ts";
import type { Row } from "./rows.ts";
import { openCustomer } from "./sealed.ts";
import type { TicketsDeps } from "./types.ts";

/** What people write: ACME-7. */
export const nameOf = (prefix: string, number: number): string => `${prefix.toUpperCase()}-${number}`;

/** Where the client is reached: where it spoke last first. Empty: nowhere, and then nothing is ever closed for its silence. */
export async function placesOf(deps: TicketsDeps, tx: TenantTx, row: Row, title: string): Promise<readonly Place[]> {
  const name = nameOf(await deps.prefix(tx), row.number);
  const subject = `Re: ${title} [${name}]`;
  const open = (await conversationsOf(deps.keys, tx, row.ticket)).filter(({ gone }) => !gone);
  const places: Place[] = [];
  for (const each of open) {
    const place = await placeOf(deps, tx, each, subject);
    if (place !== null) places.push(place);
  }
  if (places.length > 0) return places;
  const customer = await openCustomer(deps.keys, tx, row.ticket, row.customer);
  return mailTo(customer, subject);
}

/** INVARIANT: to the ticket's own customer, and nobody else. */
const mailTo = (customer: From | null, subject: string): readonly Place[] =>
  customer?.address == null ? [] : [{ kind: "mail", to: customer.address, subject, answers: [] }];

async function placeOf(
  deps: TicketsDeps,
  tx: TenantTx,
  { name, address }: Conversation,
  subject: string,
): Promise<Place | null> {
  const named = parseConversation(name);
  switch (named?.kind) {
    case undefined:
      return null;
    case "github": {
      const repository = await deps.repository(tx, named.repository);
      return repository === null ? null : { kind: "github", repository, number: named.number, board: null };
    }
    case "slack":
      return { ...named, rewrites: null };
    case "mail":
      return address === null ? null : { kind: "mail", to: address, subject, answers: [named.message] };
  }
}

export interface Saying {
  /** `ticket/<id>/<epoch>/<kind>/<turn>`. */
  readonly key: string;
  readonly message: Message;
  readonly notice: Action | null;
  readonly notBefore: Instant | null;
  /** `home`: where the client spoke last; `everywhere`: what nobody may miss. */
  readonly reach: "home" | "everywhere";
}

/** Gives to how many places. */
export async function sayTo(
  deps: TicketsDeps,
  tx: TenantTx,
  row: Row,
  places: readonly Place[],
  { key, message, notice, notBefore, reach }: Saying,
): Promise<number> {
  const to = reach === "home" ? places.slice(0, 1) : places.slice(0, MOST_PLACES);
  const about: About = { kind: "ticket", ticket: row.ticket, epoch: row.epoch, notice };
  for (const [at, place] of to.entries())
    await deps.tell(tx, { key: at === 0 ? key : `${key}/${at + 1}`, to: place, message, about, notBefore });
  return to.length;
}

const MOST_PLACES = 5;

type OwnersPlace = Extract<Place, { kind: "mail" }> | (Extract<Place, { kind: "slack" }> & { readonly thread: null });

const pagePlaces = ({ pages }: Pick<Desk, "pages">, subject: string): readonly OwnersPlace[] =>
  pages.flatMap((text): readonly OwnersPlace[] => {
    const place = parsePagePlace(text);
    if (place === null) return [];
    return place.kind === "mail" ? [{ ...place, subject, answers: [] }] : [{ ...place, thread: null, rewrites: null }];
  });

/** Where a client's owners are told of what is no ticket. Empty: the desk names no place. */
export async function ownerPlaces(keys: Keys, tx: TenantTx, subject: string): Promise<readonly OwnersPlace[]> {
  const desk = await readDesk(keys, tx);
  return desk === null ? [] : pagePlaces(desk, subject);
}

const OWNERS = "/owner/";
/** By its key: it went to an owner. */
export const isOwners = (key: string): boolean => key.includes(OWNERS);

/** Owners are told where the desk says, and whoever listens by webhook. Never where the client reads. */
export async function tellOwner(
  deps: TicketsDeps,
  tx: TenantTx,
  row: Row,
  desk: Pick<Desk, "pages">,
  told: { readonly key: string; readonly message: Message; readonly notice: Action | null },
): Promise<void> {
  const { key, message, notice } = told;
  const about: About = { kind: "ticket", ticket: row.ticket, epoch: row.epoch, notice };
  for (const [at, to] of pagePlaces(desk, message.title).entries())
    await deps.tell(tx, { key: `${key}${OWNERS}${at + 1}`, to, message, about, notBefore: null });
  await announce(deps, tx, row, { event: "ticket.page", key: `${key}/event`, text: message.text, notice });
}

/** To whoever listens by webhook: ids and states, and what the owner is told; nothing that a client wrote. */
export async function announce(
  deps: TicketsDeps,
  tx: TenantTx,
  row: Row,
  {
    event,
    key,
    text,
    notice,
  }: { readonly event: string; readonly key: string; readonly text: string; readonly notice: Action | null },
): Promise<void> {
  const { ticket, number, state, epoch } = row;
  const data = { ticket, number, name: nameOf(await deps.prefix(tx), number), state, text };
  await deps.tell(tx, {
    key,
    to: { kind: "webhooks", event, data },
    message: { title: event, text, buttons: [] },
    about: { kind: "ticket", ticket, epoch, notice },
    notBefore: null,
  });
}
