import type { TenantTx } from "#platform/postgres";
import type { Answer } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import { openAnswer, type Call } from "./rows.ts";

export const PENDING =
  "A person is asked whether this may be done. Ask for the call's status, and do something else meanwhile.";

/** How a call stands, as its agent is told. null: it has ended, and what it was answered was erased. */
export async function answerOf(deps: GatewayDeps, tx: TenantTx, call: Call): Promise<Answer | null> {
  switch (call.state) {
    case "received":
    case "executing":
      return { kind: "running", call: call.id };
    case "pending": {
      const standing = call.approval === null ? null : await deps.approvals.standing(tx, call.approval);
      // Decided: the job that goes on with it is under way.
      if (call.approval === null || standing?.kind !== "pending") return { kind: "running", call: call.id };
      const { expiresAt } = standing;
      return {
        kind: "pending",
        call: call.id,
        approval: call.approval,
        expiresAt,
        url: deps.pageOf(call.approval),
        why: PENDING,
      };
    }
    case "ended":
      return openAnswer(deps.keys, tx, call);
  }
}
