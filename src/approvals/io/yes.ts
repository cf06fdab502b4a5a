// Whose yes counts. INVARIANT (15): roles are read again each time.

import type { TenantTx } from "#platform/postgres";
import { mayAnswer, mayNotApprove } from "../decide.ts";
import type { Answerer } from "../types.ts";
import type { AnswerRow, Row } from "./rows.ts";
import type { ApprovalsDeps } from "./types.ts";

/** Those who said yes and may still say it, as of now. */
export async function stillYes(
  deps: Pick<ApprovalsDeps, "owner" | "person">,
  tx: TenantTx,
  row: Row,
  answers: readonly AnswerRow[],
): Promise<readonly Answerer[]> {
  const owner = await deps.owner(tx, row.agent);
  const still: Answerer[] = [];
  for (const { person: id, answer, channel } of answers) {
    const person = id === null || answer !== "approve" ? null : await deps.person(tx, id);
    if (person === null || !mayAnswer(person)) continue;
    if (mayNotApprove(person.person, { requester: row.requester, owner }) === null)
      still.push({ person: person.person, login: person.login, channel });
  }
  return still;
}
