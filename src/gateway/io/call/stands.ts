// How an approval stands for a call: for exactly what would be done now, or not; and what the agent is told where it does not.

import { voidWords, type Exactly, type Standing, type VoidCause } from "#approvals";
import type { ApprovalId, CallId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Engine } from "#policy";
import { refused } from "../../answers.ts";
import type { Planning } from "../../plan.ts";
import type { Answer } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import type { Ending } from "./end.ts";
import type { Work } from "./work.ts";

export const exactlyOf = ({ argsHash, found }: Planning, { set }: Engine): Exactly => ({
  digest: argsHash,
  policySet: set,
  headSha: found.pull?.head ?? null,
});

type Stands =
  | { readonly kind: "yes"; readonly approver: string }
  | { readonly kind: "no"; readonly answer: Extract<Answer, { kind: "refused" }> };

/** INVARIANT (14, 15, 16): at execution, too: of exactly these arguments, this head and these rules, by people who are approvers now. */
export async function standsFor(
  deps: GatewayDeps,
  tx: TenantTx,
  { call }: Pick<Work, "call">,
  planning: Planning,
  engine: Engine,
  approval: ApprovalId,
): Promise<Stands> {
  const { argsHash } = planning;
  const standing = await deps.approvals.standing(tx, approval, exactlyOf(planning, engine));
  const no = refusalOf(call, standing);
  if (no !== null) return { kind: "no", answer: no };
  const [first] = standing?.kind === "approved" ? standing.by : [];
  if (standing?.kind !== "approved" || first === undefined || standing.digest !== argsHash)
    return { kind: "no", answer: refused(call, "void", "Nobody has approved exactly this.") };
  return { kind: "yes", approver: first.login };
}

/** null: it is approved, or nobody has answered yet. */
export function refusalOf(call: CallId, standing: Standing | null): Extract<Answer, { kind: "refused" }> | null {
  switch (standing?.kind) {
    case undefined:
      return refused(call, "void", "The request for approval is not there.");
    case "pending":
    case "approved":
      return null;
    case "rejected":
      return refused(
        call,
        "rejected",
        standing.reason === "" ? "A person said no." : `A person said no: ${standing.reason}`,
      );
    case "expired":
      return refused(call, "timeout", "It timed out: nobody decided in time.");
    case "void":
      return refused(call, "void", `The approval does not hold any more: ${voidWords(standing.why)}.`);
  }
}

export async function voided(
  deps: GatewayDeps,
  tx: TenantTx,
  { call }: Pick<Work, "call">,
  approval: ApprovalId,
  cause: VoidCause,
  why: string,
): Promise<Ending["answer"]> {
  await deps.approvals.voidIt(tx, approval, cause);
  return refused(call, "void", why);
}
