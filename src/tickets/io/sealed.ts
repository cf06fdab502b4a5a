// What people wrote, and who they are: sealed under the client's own key, each place with a key of its own.

import { z } from "zod";
import type { Json, TicketId } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import type { From } from "../heard.ts";
import { cutText, LIMITS } from "../limits.ts";
import type { Finding } from "../view.ts";

const ERASED = "(erased)";
const from = z.strictObject({ name: z.string(), address: z.string().nullable(), id: z.string().nullable() });
const finding: z.ZodType<Finding> = z.strictObject({
  kind: z.enum(["injection", "pii", "secret"]),
  what: z.string(),
  weight: z.int(),
  in: z.enum(["title", "text"]),
  at: z.tuple([z.int(), z.int()]).nullable(),
});
/** `findings`: absent in what was written before anything was screened. */
const words = z.strictObject({
  from,
  text: z.string(),
  title: z.string().nullable(),
  findings: z.array(finding).readonly().default([]),
});
export type Words = z.infer<typeof words>;
export type NewWords = Omit<Words, "findings"> & { readonly findings?: readonly Finding[] };

const titlePlace = (ticket: TicketId) => ({ column: "tickets.ticket.title", row: ticket });
const customerPlace = (ticket: TicketId) => ({ column: "tickets.ticket.customer", row: ticket });
// By mark, and not by the row's id: who seals it has no row yet.
const wordsPlace = (mark: Uint8Array) => ({ column: "tickets.message.words", row: Buffer.from(mark).toString("hex") });

export const fromJson = ({ name, address, id }: From): Record<string, Json> => ({ name, address, id });

export const sealTitle = (keys: Keys, tx: TenantTx, ticket: TicketId, title: string): Promise<Buffer> =>
  sealColumn(keys, tx, titlePlace(ticket), { title: cutText(title, LIMITS.title) });

export async function openTitle(keys: Keys, tx: TenantTx, ticket: TicketId, sealed: Uint8Array): Promise<string> {
  const opened = await openColumn(keys, tx, titlePlace(ticket), sealed);
  return opened.kind === "open" ? z.strictObject({ title: z.string() }).parse(opened.value).title : ERASED;
}

export const sealCustomer = (keys: Keys, tx: TenantTx, ticket: TicketId, who: From): Promise<Buffer> =>
  sealColumn(keys, tx, customerPlace(ticket), fromJson(cut(who)));

export async function openCustomer(
  keys: Keys,
  tx: TenantTx,
  ticket: TicketId,
  sealed: Uint8Array | null,
): Promise<From | null> {
  if (sealed === null) return null;
  const opened = await openColumn(keys, tx, customerPlace(ticket), sealed);
  return opened.kind === "open" ? from.parse(opened.value) : null;
}

export const sealWords = (keys: Keys, tx: TenantTx, mark: Uint8Array, said: NewWords): Promise<Buffer> =>
  sealColumn(keys, tx, wordsPlace(mark), {
    from: fromJson(cut(said.from)),
    text: cutText(said.text, LIMITS.text),
    title: said.title === null ? null : cutText(said.title, LIMITS.title),
    ...(said.findings === undefined ? {} : { findings: z.json().parse(said.findings) }),
  });

export async function openWords(keys: Keys, tx: TenantTx, mark: Uint8Array, sealed: Uint8Array): Promise<Words> {
  const opened = await openColumn(keys, tx, wordsPlace(mark), sealed);
  return opened.kind === "open"
    ? words.parse(opened.value)
    : { from: { name: ERASED, address: null, id: null }, text: ERASED, title: null, findings: [] };
}

const cut = ({ name, address, id }: From): From => ({
  name: cutText(name, LIMITS.name),
  address: address === null ? null : cutText(address, LIMITS.name),
  id: id === null ? null : cutText(id, LIMITS.name),
});
