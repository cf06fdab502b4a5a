// A no by whoever runs Countersign. It only takes power away, so that it needs neither a role of the client's nor a page.

import sql from "sql-template-tag";
import type { TenantTx } from "#platform/postgres";
import { refusalWords } from "../sentences.ts";
import type { Decided } from "../types.ts";
import type { Watch } from "./clocks.ts";
import { settle } from "./ending.ts";
import { locked, NOBODY, oneRow } from "./rows.ts";
import { sealWords } from "./sealed.ts";
import { carryOut, look, standingOf } from "./standing.ts";
import type { ApprovalsDeps, OperatorNo } from "./types.ts";

export async function rejectAsOperator(
  deps: ApprovalsDeps,
  watch: Watch,
  tx: TenantTx,
  { approval, by, reason }: OperatorNo,
): Promise<Decided> {
  const row = await locked(tx, approval);
  if (row === null) return { kind: "unknown" };
  const seen = await look(deps, watch, tx, row, null);
  if (seen.due !== null) return { kind: "ended", standing: await carryOut(deps, tx, seen) };
  if (row.state !== "pending") return { kind: "ended", standing: await standingOf(deps, tx, seen) };
  if (reason.trim() === "") return { kind: "refused", refusal: "reason_missing", ...refusalWords("reason_missing") };
  const words = await sealWords(deps.keys, tx, approval, { reason, operator: by });
  await tx.run(sql`insert into approvals.answer (tenant_id, approval_id, person_id, answer, channel, reason)
    values (${tx.tenantId}, ${approval}, ${NOBODY}, 'reject', 'cli', ${words})`);
  await settle(deps, tx, row, "rejected", {
    initiator: { type: "operator", id: by },
    body: { operator: by, channel: "cli", answer: "reject", reason },
  });
  const after = (await oneRow(tx, approval)) ?? row;
  return {
    kind: "recorded",
    standing: await standingOf(deps, tx, await look(deps, watch, tx, after, null)),
    proposal: null,
  };
}
