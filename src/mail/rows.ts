// inbox.mailbox: how far it was read. inbox.quarantine is next door.

import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { MAILBOXES, type MailboxKind, type Subscribed } from "./ports.ts";

export interface Mailbox {
  readonly cursor: string | null;
  /** null: never. */
  readonly polledAt: Instant | null;
  readonly subscription: Subscribed | null;
}

const place = (kind: MailboxKind) => ({ column: "inbox.mailbox.cursor", row: kind });
const row = z.object({
  cursor: z.instanceof(Uint8Array).nullable(),
  polled_at: instantColumn.nullable(),
  subscription: z.string().nullable(),
  subscribed_until: instantColumn.nullable(),
});

export async function mailboxOf(keys: Keys, tx: TenantTx, kind: MailboxKind): Promise<Mailbox> {
  const found = await tx.maybe(
    sql`select cursor, polled_at, subscription, subscribed_until from inbox.mailbox
      where tenant_id = ${tx.tenantId} and kind = ${kind}`,
    row,
  );
  if (found === null) return { cursor: null, polledAt: null, subscription: null };
  const opened = found.cursor === null ? null : await openColumn(keys, tx, place(kind), found.cursor);
  const { subscription: id, subscribed_until: until } = found;
  return {
    cursor: opened?.kind === "open" && typeof opened.value === "string" ? opened.value : null,
    polledAt: found.polled_at,
    subscription: id === null || until === null ? null : { id, until },
  };
}

/** null: from where is not known any more. */
export async function noteCursor(keys: Keys, tx: TenantTx, kind: MailboxKind, cursor: string | null): Promise<void> {
  const sealed = cursor === null ? null : await sealColumn(keys, tx, place(kind), cursor);
  await tx.run(sql`insert into inbox.mailbox (tenant_id, kind, cursor) values (${tx.tenantId}, ${kind}, ${sealed})
    on conflict (tenant_id, kind) do update set cursor = excluded.cursor`);
}

/** `problem`: in words of ours; null: it was read to its end. */
export const notePolled = async (tx: TenantTx, kind: MailboxKind, problem: string | null): Promise<void> =>
  void (await tx.run(sql`insert into inbox.mailbox (tenant_id, kind, polled_at, problem, failing_since)
    values (${tx.tenantId}, ${kind}, ${problem === null ? sql`now()` : null}, ${problem}, ${problem === null ? null : sql`now()`})
    on conflict (tenant_id, kind) do update
    set polled_at = coalesce(excluded.polled_at, inbox.mailbox.polled_at), problem = excluded.problem,
      failing_since = case when excluded.problem is null then null else coalesce(inbox.mailbox.failing_since, now()) end`));

export interface MailboxStanding {
  readonly kind: MailboxKind;
  /** When it was last read to its end; null: never. */
  readonly readAt: Instant | null;
  readonly failing: { readonly since: Instant | null; readonly why: string } | null;
}

/** Of those that were ever looked into. `since`: null of a problem that was there before this was noted. */
export async function mailboxStandings(tx: TenantTx): Promise<readonly MailboxStanding[]> {
  const rows = await tx.many(
    sql`select kind, polled_at, problem, failing_since from inbox.mailbox where tenant_id = ${tx.tenantId} order by kind`,
    z.object({
      kind: z.enum(MAILBOXES),
      polled_at: instantColumn.nullable(),
      problem: z.string().nullable(),
      failing_since: instantColumn.nullable(),
    }),
  );
  return rows.map(({ kind, polled_at: readAt, problem, failing_since: since }) => ({
    kind,
    readAt,
    failing: problem === null ? null : { since, why: problem },
  }));
}

export const stateDigest = (clientState: string): Buffer => createHash("sha256").update(clientState).digest();

export const noteSubscription = async (
  tx: TenantTx,
  made: Subscribed & { readonly clientState: string },
): Promise<void> =>
  void (await tx.run(sql`insert into inbox.mailbox (tenant_id, kind, subscription, subscribed_until, client_state)
    values (${tx.tenantId}, 'graph', ${made.id}, ${new Date(made.until)}, ${stateDigest(made.clientState)})
    on conflict (tenant_id, kind) do update set subscription = excluded.subscription,
      subscribed_until = excluded.subscribed_until, client_state = excluded.client_state`));

export const noteRenewed = async (tx: TenantTx, { id, until }: Subscribed): Promise<void> =>
  void (await tx.run(sql`update inbox.mailbox set subscribed_until = ${new Date(until)}
    where tenant_id = ${tx.tenantId} and kind = 'graph' and subscription = ${id}`));

export const forgetSubscription = async (tx: TenantTx): Promise<void> =>
  void (await tx.run(sql`update inbox.mailbox set subscription = null, subscribed_until = null, client_state = null
    where tenant_id = ${tx.tenantId} and kind = 'graph'`));

/** INVARIANT: whoever cannot say what we gave Microsoft alone makes nobody look. */
export const saysOurState = async (tx: TenantTx, clientState: string): Promise<boolean> =>
  (await tx.maybe(
    sql`select 1 as one from inbox.mailbox
      where tenant_id = ${tx.tenantId} and kind = 'graph' and client_state = ${stateDigest(clientState)}`,
    z.object({ one: z.number() }),
  )) !== null;
