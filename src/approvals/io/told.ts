// Approvers are told by Slack and mail: into the outbox, in the transaction that asked or ended. Who delivers is another room's.

import type { ApprovalId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { mayAnswer, mayNotApprove } from "../decide.ts";
import {
  askedMessage,
  endedMessage,
  endedWords,
  notToldMessage,
  type ApprovalEvent,
  type Notice,
  type Place,
  type Told,
} from "../notices.ts";
import type { Standing } from "../types.ts";
import { issue } from "./links.ts";
import { notePosted, postedOf, reachOf, type Posted } from "./reach.ts";
import { answersTo, oneRow, type Row } from "./rows.ts";
import { openShown, openWords } from "./sealed.ts";
import type { ApprovalsDeps } from "./types.ts";

export type TellDepsHere = Pick<ApprovalsDeps, "keys" | "person" | "owner" | "notices">;

const toldOf = async ({ keys }: Pick<ApprovalsDeps, "keys">, tx: TenantTx, row: Row): Promise<Told> => ({
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
  const owner = await deps.owner(tx, row.agent);
  for (const { person: id, address } of reach.mail) {
    const person = await deps.person(tx, id);
    // INVARIANT (15): as of now; whoever asked is not asked.
    if (person === null || !mayAnswer(person)) continue;
    if (mayNotApprove(id, { requester: row.requester, owner }) !== null) continue;
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
  const row = moment === "ended" ? null : await oneRow(tx, approval);
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

/** The message in the channel says how it ended, and has no buttons any more. */
export async function tellEnded(deps: TellDepsHere, tx: TenantTx, approval: ApprovalId): Promise<void> {
  const { notices } = deps;
  if (notices === null) return;
  const posted = await postedOf(tx, approval);
  const row = posted === null ? null : await oneRow(tx, approval);
  if (posted === null || row === null || row.state === "pending") return;
  await notices.tell(tx, {
    // A yes that became void later is told, too.
    key: `approval/${approval}/${row.state}/slack`,
    to: { kind: "slack", team: posted.team, channel: posted.channel, thread: null, rewrites: posted.ts },
    message: endedMessage(await toldOf(deps, tx, row), endedWords(standingOf(row), await namesOf(deps, tx, row))),
    about: { kind: "approval", approval, moment: "ended" },
    notBefore: null,
  });
}

function standingOf(row: Row): Standing {
  const at = row.endedAt ?? row.now;
  switch (row.state) {
    case "pending":
      return { kind: "pending", yes: 0, of: row.quorum, expiresAt: row.expiresAt };
    case "approved":
      return { kind: "approved", at, by: [], digest: row.digest };
    case "rejected":
      return { kind: "rejected", at, by: "", reason: "" };
    case "expired":
      return { kind: "expired", at };
    case "void":
      return { kind: "void", at, why: row.cause ?? "stopped" };
  }
}

async function namesOf({ keys, person }: TellDepsHere, tx: TenantTx, row: Row): Promise<readonly string[]> {
  const names: string[] = [];
  const wanted = row.state === "rejected" ? "reject" : "approve";
  for (const each of await answersTo(tx, row.approval)) {
    if (each.answer !== wanted) continue;
    const name =
      each.person === null
        ? (await openWords(keys, tx, row.approval, each.reason)).operator
        : (await person(tx, each.person))?.login;
    if (name !== undefined && name !== null) names.push(name);
  }
  return names;
}

/** Slack has it now. Where it has ended meanwhile, that is said at once. */
export async function posted(deps: TellDepsHere, tx: TenantTx, approval: ApprovalId, at: Posted): Promise<void> {
  if (await notePosted(tx, approval, at)) await tellEnded(deps, tx, approval);
}

/** Whether a notice is still to be said, just before it is. */
export async function stillToTell(tx: TenantTx, { approval, moment }: Notice["about"]): Promise<boolean> {
  if (moment !== "asked") return true;
  const row = await oneRow(tx, approval);
  return row !== null && row.state === "pending" && row.sameEpoch && row.now < row.expiresAt;
}
