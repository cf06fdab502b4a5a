// Where approvers are reached: said by an operator, read when somebody is to be told.

import sql from "sql-template-tag";
import { z } from "zod";
import { enterLog, type Append } from "#audit/io";
import type { Party } from "#audit";
import { Fault, type ApprovalId, type Json, type PersonId, type TenantId } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import { withOperator, type OperatorOptions, type TenantTx } from "#platform/postgres";
import { NOBODY, personColumn } from "./rows.ts";

export interface SlackChannel {
  readonly team: string;
  readonly channel: string;
}
export interface MailAddress {
  readonly person: PersonId;
  readonly address: string;
}
export interface Reach {
  /** null: nobody is told there. */
  readonly slack: SlackChannel | null;
  readonly mail: readonly MailAddress[];
}

const SLACK_ID = /^[A-Z0-9]{1,32}$/;
/** As room policy takes one: nothing that a mail program could read as two. */
const ADDRESS = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/i;
export const isSlackId = (text: string): boolean => SLACK_ID.test(text);
export const isAddress = (text: string): boolean => ADDRESS.test(text);

const slackShape = z.strictObject({ team: z.string(), channel: z.string() });
const mailShape = z.strictObject({ address: z.string() });
const row = z.object({ kind: z.enum(["slack", "mail"]), person_id: personColumn, place: z.instanceof(Uint8Array) });

const place = (kind: "slack" | "mail", person: string) => ({
  column: "approvals.channel.place",
  row: `${kind}/${person}`,
});

/** What was erased with the client's key is nowhere to tell. */
export async function reachOf(keys: Keys, tx: TenantTx): Promise<Reach> {
  const rows = await tx.many(
    sql`select kind, person_id, place from approvals.channel where tenant_id = ${tx.tenantId} order by kind, person_id`,
    row,
  );
  let slack: SlackChannel | null = null;
  const mail: MailAddress[] = [];
  for (const { kind, person_id: person, place: sealed } of rows) {
    const opened = await openColumn(keys, tx, place(kind, person), sealed);
    if (opened.kind !== "open") continue;
    if (kind === "slack") slack = slackShape.parse(opened.value);
    else mail.push({ person, ...mailShape.parse(opened.value) });
  }
  return { slack, mail };
}

export interface ReachAccess extends OperatorOptions {
  readonly append: Append;
  readonly keys: Keys;
}

export type SetReach =
  | { readonly kind: "slack"; readonly place: SlackChannel | null }
  | { readonly kind: "mail"; readonly person: PersonId; readonly address: string | null };

/** The row and its entry are one commit. null in it: they are told there no more. False: the client is not active. */
export async function setReach(
  access: ReachAccess,
  { tenant, to, by }: { readonly tenant: TenantId; readonly to: SetReach; readonly by: Asker },
): Promise<boolean> {
  const value: Json = to.kind === "slack" ? (to.place === null ? null : { ...to.place }) : addressOf(to.address);
  const person = to.kind === "slack" ? NOBODY : to.person;
  return withOperator(access, async (operator) => {
    const tx = await enterLog(operator, tenant);
    if (tx === null) return false;
    if (value === null)
      await tx.run(
        sql`delete from approvals.channel where tenant_id = ${tx.tenantId} and kind = ${to.kind} and person_id = ${person}`,
      );
    else
      await tx.run(sql`insert into approvals.channel as c (tenant_id, kind, person_id, place)
        values (${tx.tenantId}, ${to.kind}, ${person}, ${await sealColumn(access.keys, tx, place(to.kind, person), value)})
        on conflict (tenant_id, kind, person_id) do update set place = excluded.place, set_at = now()`);
    await access.append(tx, {
      kind: "approval.channel",
      outcome: "success",
      action: value === null ? "remove" : "set",
      observer: { type: "app", id: "countersign" },
      initiator: by.initiator,
      target: to.kind === "slack" ? { type: "tenant", id: tx.tenantId } : { type: "person", id: to.person },
      requestId: by.requestId,
      body: { v: 1, channel: to.kind, ...(to.kind === "slack" ? { place: value } : {}) },
      ...(to.kind === "mail" ? { personal: { subject: `person:${to.person}`, data: value } } : {}),
    });
    return true;
  });
}

export interface Asker {
  readonly initiator: Party;
  readonly requestId: string;
}

function addressOf(address: string | null): Json {
  if (address === null) return null;
  if (!isAddress(address)) throw new Fault("input_invalid", "That is no mail address.");
  return { address };
}

/** With the operator's rights. null: the client is not active. */
export const reachAsOperator = (access: ReachAccess, tenant: TenantId): Promise<Reach | null> =>
  withOperator(access, async (operator) => {
    const tx = await enterLog(operator, tenant);
    return tx === null ? null : reachOf(access.keys, tx);
  });

/** The message in Slack about one request. */
export interface Posted extends SlackChannel {
  readonly ts: string;
}
const postedRow = z.object({ team: z.string(), channel: z.string(), ts: z.string() });

export const postedOf = (tx: TenantTx, approval: ApprovalId): Promise<Posted | null> =>
  tx.maybe(
    sql`select team, channel, ts from approvals.posted where tenant_id = ${tx.tenantId} and approval_id = ${approval}`,
    postedRow,
  );

/** False: it was noted before, or it is no message of Slack's. */
export const notePosted = async (tx: TenantTx, approval: ApprovalId, posted: Posted): Promise<boolean> =>
  isSlackId(posted.team) &&
  isSlackId(posted.channel) &&
  /^\d{1,16}\.\d{1,16}$/.test(posted.ts) &&
  (await tx.run(sql`insert into approvals.posted (tenant_id, approval_id, team, channel, ts)
    values (${tx.tenantId}, ${approval}, ${posted.team}, ${posted.channel}, ${posted.ts}) on conflict do nothing`)) ===
    1;
