// Approvers are told by Slack and mail: into the outbox, in the transaction that asked or ended. Who delivers is another room's.

import type { TenantTx } from "#platform/postgres";
import { askedMessage, notToldMessage, type ApprovalEvent, type Notice, type Place, type Told } from "../notices.ts";
import { issue } from "./links.ts";
import { reachOf, type MailAddress } from "./reach.ts";
import { oneRow, type Row } from "./rows.ts";
import { openShown } from "./sealed.ts";
import type { ApprovalsDeps } from "./types.ts";
import { whoMay } from "./yes.ts";

export type TellDepsHere = Pick<ApprovalsDeps, "keys" | "person" | "owner" | "notices">;

export const toldOf = async ({ keys }: Pick<ApprovalsDeps, "keys">, tx: TenantTx, row: Row): Promise<Told> => ({
  approval: row.approval,
  shown: (await openShown(keys, tx, row)).shown,
  risk: row.risk,
  expiresAt: row.expiresAt,
});

/** Everybody who could answer, each with a link of their own; and the client's channel. */
export async function tellAsked(deps: TellDepsHere, tx: TenantTx, row: Row): Promise<void> {
  const { notices, keys } = deps;
  if (notices === null) return;
  await tellEvent(deps, tx, row, "approval.requested");
  const reach = await reachOf(keys, tx);
  if (reach.slack === null && reach.mail.length === 0) return;
  const told = await toldOf(deps, tx, row);
  const { approval } = row;
  const about = { kind: "approval", approval, moment: "asked" } as const;
  if (reach.slack !== null)
    await notices.tell(tx, {
      key: `approval/${approval}/asked/slack`,
      to: { kind: "slack", ...reach.slack, thread: null, rewrites: null },
      message: askedMessage(told, "slack", notices.urlOf(`/approvals/${approval}`)),
      about,
      notBefore: null,
    });
  for (const { person: id, address } of await mayStillAnswer(deps, tx, row, reach.mail)) {
    const link = await issue(keys, tx, { approval, person: id });
    const message = askedMessage(told, "mail", notices.urlOf(`/approvals/link/${link}`));
    await notices.tell(tx, {
      key: `approval/${approval}/asked/mail/${id}`,
      to: { kind: "mail", to: address, subject: message.title, answers: [] },
      message,
      about,
      notBefore: null,
    });
  }
}

/** The client's own systems hear of each state once. */
export async function tellEvent(
  { notices }: Pick<TellDepsHere, "notices">,
  tx: TenantTx,
  { approval, call, state }: Pick<Row, "approval" | "call" | "state">,
  event: ApprovalEvent,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  await notices?.tell(tx, {
    key: `approval/${approval}/${event === "approval.page" ? "lost" : state}/event`,
    to: { kind: "webhooks", event, data: { ...more, approval, call, state } },
    message: { title: event, text: "", buttons: [] },
    about: { kind: "approval", approval, moment: "event" },
    notBefore: null,
  });
}

/**
 * One of its notices was given up. The owners are told, where they are reached and by webhook, once for a request: also where this very
 * word to them is what is given up.
 */
export async function lost(
  deps: TellDepsHere,
  tx: TenantTx,
  { approval, moment }: Notice["about"],
  why: string,
  owners: readonly Place[],
): Promise<void> {
  // What is written over was told before.
  const row = moment === "asked" || moment === "event" ? await oneRow(tx, approval) : null;
  if (row === null || deps.notices === null) return;
  const message = notToldMessage(moment, why, row.expiresAt);
  for (const [at, to] of owners.entries())
    await deps.notices.tell(tx, {
      key: `approval/${approval}/lost/owner/${at + 1}`,
      to: to.kind === "mail" ? { ...to, subject: message.title } : to,
      message,
      about: { kind: "approval", approval, moment: "event" },
      notBefore: null,
    });
  await tellEvent(deps, tx, row, "approval.page", { text: message.text });
}

/** INVARIANT (15): as of now; whoever asked is not asked. */
export async function mayStillAnswer(
  deps: TellDepsHere,
  tx: TenantTx,
  row: Row,
  all: readonly MailAddress[],
): Promise<readonly MailAddress[]> {
  const may = await whoMay(deps, tx, row);
  const found: MailAddress[] = [];
  for (const each of all) if ((await may(each.person)) !== null) found.push(each);
  return found;
}
