import type { Killed } from "#controls";
import type { TenantTx } from "#platform/postgres";
import { refused } from "../../answers.ts";
import type { Answer } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import { openAnswer, toldAgain, type Call } from "./rows.ts";

export const PENDING =
  "A person is asked whether this may be done. Ask for the call's status, and do something else meanwhile.";

/** How a call stands, as its agent is told. null: it has ended, and what it was answered was erased. */
export async function answerOf(
  deps: Pick<GatewayDeps, "keys" | "approvals" | "pageOf">,
  tx: TenantTx,
  call: Call,
): Promise<Answer | null> {
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

const THEN = "Stop, and leave it. What became of this call you are told when agents may go on.";

/**
 * To an agent that asks about its call again. INVARIANT (2): who is stopped is given nothing any more, also not of what was done before: the key
 * may be a thief's.
 */
export async function answeredAgain(
  deps: Pick<GatewayDeps, "keys" | "approvals" | "killSwitch" | "pageOf">,
  tx: TenantTx,
  call: Call,
): Promise<Answer | null> {
  const killed = isStopped(deps, tx, call);
  if (killed !== null && call.state === "ended") return refused(call.id, "killed", killed.reason, { next: THEN });
  const answer = await answerOf(deps, tx, call);
  toldAgain(tx, call, answer);
  return answer;
}

export const isStopped = (
  { killSwitch }: Pick<GatewayDeps, "killSwitch">,
  { tenantId: tenant }: Pick<TenantTx, "tenantId">,
  { agent, repository }: Call,
): Killed | null => killSwitch.look({ tenant, agent, repository });
