// A click in Slack: it can only say no. Who clicked was checked by who heard it; whether they may is asked here, as of now.

import type { TenantTx } from "#platform/postgres";
import { NOT_BOUND, otherWorkspace, WITHOUT_WORDS, type ClickAnswer, type Clicked } from "../clicked.ts";
import { endedWords } from "../notices.ts";
import type { Decided } from "../types.ts";
import type { Watch } from "./clocks.ts";
import { decide } from "./decide.ts";
import { entryOf } from "./entries.ts";
import { postedOf, reachOf } from "./reach.ts";
import { oneRow, type Row } from "./rows.ts";
import type { ApprovalsDeps } from "./types.ts";

export async function clicked(deps: ApprovalsDeps, watch: Watch, tx: TenantTx, click: Clicked): Promise<ClickAnswer> {
  const row = await oneRow(tx, click.approval);
  if (row === null) return { text: "There is no such request." };
  const told = (await postedOf(tx, row.approval)) ?? (await reachOf(deps.keys, tx)).slack;
  // INVARIANT (N7): from another workspace nothing is decided, whoever is bound to an account there.
  const elsewhere = otherWorkspace(click, told?.team ?? null);
  if (elsewhere !== null) return refused(deps, tx, row, click, "other_workspace", elsewhere);
  if (click.person === null) return refused(deps, tx, row, click, "not_bound", NOT_BOUND);
  const decided = await decide(deps, watch, tx, {
    approval: row.approval,
    // What a message is about never changes: it was written for this request, which has one digest.
    digest: row.digest,
    answer: click.act,
    by: { person: click.person, session: `slack:${click.click}`, channel: "slack" },
    stepUp: null,
    reason: WITHOUT_WORDS,
    link: null,
    propose: false,
  });
  return { text: wordsFor(decided) };
}

function wordsFor(decided: Decided): string {
  switch (decided.kind) {
    case "recorded":
      return "Rejected. The agent is told.";
    case "already":
      return "You have said so before. Nothing was changed.";
    case "ended":
      return `It had ended before. ${endedWords(decided.standing, namesIn(decided.standing))}`;
    case "refused":
      return `${decided.why} ${decided.next}`;
    case "unknown":
      return "There is no such request.";
  }
}

function namesIn(standing: Extract<Decided, { kind: "ended" }>["standing"]): readonly string[] {
  if (standing.kind === "approved") return standing.by.map(({ login }) => login);
  return standing.kind === "rejected" ? [standing.by] : [];
}

/** Nothing is changed, and the log has who tried what, from where. */
async function refused(
  { append }: ApprovalsDeps,
  tx: TenantTx,
  row: Row,
  { team, user, act, person, click }: Clicked,
  action: "other_workspace" | "not_bound",
  why: string,
): Promise<ClickAnswer> {
  await append(
    tx,
    entryOf(row, {
      kind: "approval.decide",
      outcome: "refused",
      action,
      initiator: person === null ? { type: "app", id: "slack" } : { type: "human", id: person },
      body: { channel: "slack", team, answer: act, session: `slack:${click}`, refusal: action },
      personal: { subject: `slack:${team}/${user}`, data: { user } },
    }),
  );
  return { text: why };
}
