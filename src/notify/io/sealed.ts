// What stands in the outbox's sealed column.

import { z } from "zod";
import { agentId, approvalId, installationId, repoName, repositoryId, ticketId, type Json } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import { branded, type TenantTx } from "#platform/postgres";
import { ACTIONS, type About, type Message } from "#tickets";
import type { Content, Destination } from "../types.ts";

const text = z.string();
const approval = branded(text, approvalId);
const toShape: z.ZodType<Destination> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("github"),
    repository: z.strictObject({
      id: branded(z.int(), repositoryId),
      name: branded(text, repoName),
      installation: branded(z.int(), installationId),
    }),
    number: z.int(),
    // What was put here before there were any has none.
    board: text.nullable().default(null),
  }),
  z.strictObject({
    kind: z.literal("slack"),
    team: text,
    channel: text,
    thread: text.nullable(),
    rewrites: text.nullable(),
  }),
  z.strictObject({ kind: z.literal("mail"), to: text, subject: text, answers: z.array(text).readonly() }),
  z.strictObject({ kind: z.literal("webhook"), webhook: text, event: text, data: z.json() }),
]);
const messageShape: z.ZodType<Message> = z.strictObject({
  title: text,
  text,
  buttons: z
    .array(
      z.union([
        z.strictObject({ label: text, url: text }),
        z.strictObject({ label: text, act: z.enum(["approve", "reject"]), approval }),
      ]),
    )
    .readonly(),
});
const aboutShape: z.ZodType<About> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("ticket"),
    ticket: branded(text, ticketId),
    epoch: z.int(),
    notice: z.enum(ACTIONS).nullable(),
  }),
  z.strictObject({
    kind: z.literal("pull"),
    ticket: branded(text, ticketId),
    pull: z.strictObject({ repository: branded(z.int(), repositoryId), number: z.int() }),
    turn: z.int(),
  }),
  z.strictObject({ kind: z.literal("digest"), key: text, notice: z.enum(ACTIONS) }),
  z.strictObject({ kind: z.literal("stopped"), agent: branded(text, agentId) }),
  z.strictObject({
    kind: z.literal("approval"),
    approval,
    moment: z.union([z.enum(["asked", "ended", "event"]), z.templateLiteral(["counted/", z.int()])]),
  }),
]);
const contentShape: z.ZodType<Content> = z.strictObject({ to: toShape, message: messageShape, about: aboutShape });

const place = (key: string) => ({ column: "notify.notice.sealed", row: key });

export const contentJson = ({ to, message, about }: Content): { readonly [key: string]: Json } => ({
  to: z.json().parse(to),
  message: z.json().parse(message),
  about: z.json().parse(about),
});

export const sealContent = (keys: Keys, tx: TenantTx, key: string, content: Content): Promise<Buffer> =>
  sealColumn(keys, tx, place(key), contentJson(content));

/** null: erased with the client's key. */
export async function openContent(keys: Keys, tx: TenantTx, key: string, sealed: Uint8Array): Promise<Content | null> {
  const opened = await openColumn(keys, tx, place(key), sealed);
  return opened.kind === "open" ? contentShape.parse(opened.value) : null;
}
