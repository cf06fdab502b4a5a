// What was asked is written over in its place: who said yes where more are needed, and how it ended. INVARIANT: idempotent, and the last word stays.

import type { ApprovalId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { askedMessage, endedMessage, endedWords, type Notice } from "../notices.ts";
import type { Standing } from "../types.ts";
import { notePosted, postedOf, reachOf, type Posted } from "./reach.ts";
import { answersTo, oneRow, type AnswerRow, type Row } from "./rows.ts";
import { openWords } from "./sealed.ts";
import { mayStillAnswer, toldOf, type TellDepsHere } from "./told.ts";
import { stillYes } from "./yes.ts";

/** The message in the channel says how it stands: who said yes where more are needed, or how it ended, and then it has no buttons any more. */
export async function tellStanding(
  deps: TellDepsHere,
  tx: TenantTx,
  approval: ApprovalId,
  /** Another word for the same, because an older one was written over it. */
  again: string | null = null,
): Promise<void> {
  const { notices } = deps;
  if (notices === null) return;
  const posted = await postedOf(tx, approval);
  const row = posted === null ? null : await oneRow(tx, approval);
  if (posted === null || row === null) return;
  const said = await saidNow(deps, tx, row, notices.urlOf(`/approvals/${approval}`));
  if (said === null) return;
  await notices.tell(tx, {
    // A yes that became void later is told, too.
    key: `approval/${approval}/${said.state}/slack${again === null ? "" : `/after/${again}`}`,
    to: { kind: "slack", team: posted.team, channel: posted.channel, thread: null, rewrites: posted.ts },
    message: said.message,
    about: { kind: "approval", approval, moment: said.moment },
    notBefore: null,
  });
}

interface SaidNow {
  readonly state: string;
  readonly moment: Notice["about"]["moment"];
  readonly message: Notice["message"];
}

/** null: nothing but what was asked. */
async function saidNow(deps: TellDepsHere, tx: TenantTx, row: Row, page: string | null): Promise<SaidNow | null> {
  const told = await toldOf(deps, tx, row);
  if (row.state !== "pending") {
    const words = endedWords(standingOf(row), await namesOf(deps, tx, row));
    return { state: row.state, moment: "ended", message: endedMessage(told, words) };
  }
  const answers = await answersTo(tx, row.approval);
  const moment = momentOf(answers);
  const by = (await stillYes(deps, tx, row, answers)).map(({ login }) => login);
  if (by.length === 0) return null;
  return { state: moment, moment, message: askedMessage(told, "slack", page, { by, of: row.quorum }) };
}

/** By how many were ever given: of somebody who left, too, so that what comes after it is another moment. */
const momentOf = (answers: readonly AnswerRow[]): `counted/${number}` =>
  `counted/${answers.filter(({ answer }) => answer === "approve").length}`;

/** A yes that is not the last one needed: the message in the channel has it, and who could give the next one has it by mail. */
export async function tellCounted(deps: TellDepsHere, tx: TenantTx, row: Row): Promise<void> {
  const { notices, keys } = deps;
  if (notices === null) return;
  await tellStanding(deps, tx, row.approval);
  const { mail } = await reachOf(keys, tx);
  if (mail.length === 0) return;
  const { approval } = row;
  const told = await toldOf(deps, tx, row);
  const answers = await answersTo(tx, approval);
  const by = (await stillYes(deps, tx, row, answers)).map(({ login }) => login);
  const moment = momentOf(answers);
  for (const { person, address } of await mayStillAnswer(deps, tx, row, mail)) {
    if (answers.some((each) => each.person === person)) continue;
    // No second link of theirs: the page asks who it is.
    const message = askedMessage(told, "mail", notices.urlOf(`/approvals/${approval}`), { by, of: row.quorum });
    await notices.tell(tx, {
      key: `approval/${approval}/${moment}/mail/${person}`,
      to: { kind: "mail", to: address, subject: `Re: ${message.title}`, answers: [] },
      message,
      about: { kind: "approval", approval, moment },
      notBefore: null,
    });
  }
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

/** Slack has it now. Where somebody has answered meanwhile, or it has ended, that is said at once. */
export async function posted(deps: TellDepsHere, tx: TenantTx, approval: ApprovalId, at: Posted): Promise<void> {
  if (await notePosted(tx, approval, at)) await tellStanding(deps, tx, approval);
}

/** INVARIANT: the last word stays. Slack has one about a yes, which was on its way when more came: what holds now is written over it. */
export async function rewritten(
  deps: TellDepsHere,
  tx: TenantTx,
  { approval, moment }: Notice["about"],
): Promise<void> {
  if (moment.startsWith("counted/") && !(await stillToTell(tx, { kind: "approval", approval, moment })))
    await tellStanding(deps, tx, approval, moment.replace("/", "-"));
}

/** Whether a notice is still to be said, just before it is. */
export async function stillToTell(tx: TenantTx, { approval, moment }: Notice["about"]): Promise<boolean> {
  if (moment === "ended" || moment === "event") return true;
  const row = await oneRow(tx, approval);
  const waits = row !== null && row.state === "pending" && row.sameEpoch && row.now < row.expiresAt;
  return waits && (moment === "asked" || moment === momentOf(await answersTo(tx, approval)));
}
