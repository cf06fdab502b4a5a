// Whose yes counts. INVARIANT (15): roles are read again each time.

import type { Person } from "#identity";
import type { PersonId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { mayAnswer, mayNotApprove } from "../decide.ts";
import type { Answerer } from "../types.ts";
import type { AnswerRow, Row } from "./rows.ts";
import type { ApprovalsDeps } from "./types.ts";

type Asking = Pick<ApprovalsDeps, "owner" | "person">;

/** Whether somebody may answer this request, as of now: who they are then, and null where they may not. */
export async function whoMay(
  deps: Asking,
  tx: TenantTx,
  { agent, requester }: Row,
): Promise<(id: PersonId) => Promise<Person | null>> {
  const owner = await deps.owner(tx, agent);
  return async (id) => {
    const person = await deps.person(tx, id);
    return person !== null && mayAnswer(person) && mayNotApprove(id, { requester, owner }) === null ? person : null;
  };
}

/** Those who said yes and may still say it, as of now. */
export async function stillYes(
  deps: Asking,
  tx: TenantTx,
  row: Row,
  answers: readonly AnswerRow[],
): Promise<readonly Answerer[]> {
  const may = await whoMay(deps, tx, row);
  const still: Answerer[] = [];
  for (const { person: id, answer, channel } of answers) {
    const person = id === null || answer !== "approve" ? null : await may(id);
    if (person !== null) still.push({ person: person.person, login: person.login, channel });
  }
  return still;
}
