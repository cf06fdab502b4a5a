// Into the outbox, in the transaction that decided it.

import sql from "sql-template-tag";
import { Fault } from "#kernel";
import type { Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import type { Outgoing } from "#tickets";
import type { Tell } from "#tickets/io";
import { limits } from "../limits.ts";
import type { Content, Destination } from "../types.ts";
import { sealContent } from "./sealed.ts";

/** The client's receivers that hear of an event. */
export type Receivers = (tx: TenantTx, event: string) => Promise<readonly string[]>;

/** A knock: something lies in the outbox. No word about what. */
export const NOTICE_CHANNEL = "countersign_notice";

const KEY = /^[A-Za-z0-9/_.:#-]{1,150}$/;

export function createTell(keys: Keys, receivers: Receivers): Tell {
  return async (tx, out) => {
    if (!KEY.test(out.key)) throw new Fault("invariant_broken", "A notice's key is of ids alone, and not longer.");
    const { to } = out;
    if (to.kind !== "webhooks") return put(keys, tx, out.key, out, to);
    for (const webhook of await receivers(tx, to.event))
      await put(keys, tx, `${out.key}/to/${webhook}`, out, { ...to, kind: "webhook", webhook });
  };
}

/** INVARIANT: the same key again is told once, whatever it says the second time. */
async function put(keys: Keys, tx: TenantTx, key: string, out: Outgoing, to: Destination): Promise<void> {
  const { about, notBefore } = out;
  const message = { ...out.message, text: out.message.text.slice(0, limits.text).toWellFormed() };
  const content: Content = { to, message, about };
  const ticket = about.kind === "ticket" ? about.ticket : null;
  const approval = about.kind === "approval" ? about.approval : null;
  // Heard when this transaction is committed, by every server.
  await tx.run(sql`with put as (insert into notify.notice (tenant_id, key, channel, ticket_id, approval_id, sealed, not_before)
    values (${tx.tenantId}, ${key}, ${to.kind}, ${ticket}, ${approval},
      ${await sealContent(keys, tx, key, content)}, coalesce(${notBefore === null ? null : new Date(notBefore)}::timestamptz, now()))
    on conflict (tenant_id, key) do nothing returning key)
    select pg_notify(${NOTICE_CHANNEL}, '') from put`);
}
