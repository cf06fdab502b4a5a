// Breaker, verdict, and what follows from it, in one transaction: whatever a verdict leads to exists exactly when its entry does.

import { handsFor } from "#controls";
import { Fault, type ApprovalId, type EntryId, type Instant, type Json } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Engine, Facts, Verdict } from "#policy";
import type { Screened } from "#screening";
import { byRule, citedRules, failToHuman, refused } from "../../answers.ts";
import { approvalOf } from "../../asking.ts";
import { nextOf } from "../../next.ts";
import { factsOf, material, volumeOf, type Found, type Planning } from "../../plan.ts";
import type { Answer } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import { digestOf } from "../digest.ts";
import type { SigningKey } from "../signing-keys.ts";
import { PENDING } from "./answer.ts";
import { codeOf, endCall, entryFor, type Ending } from "./end.ts";
import { aboutTicket, planningOf, readSession, seenIn } from "./plan.ts";
import { exactlyOf, refusalOf, standsFor, voided } from "./stands.ts";
import { holdCall, openPlan, toExecuting, toPending, type DecidedRow } from "./rows.ts";
import { inTenant, killedAnswer, type Work } from "./work.ts";

export interface ToCarry {
  readonly kind: "carry";
  readonly intent: EntryId;
  /** When that was written, by the database's clock, and by this process's monotonic one. */
  readonly at: Instant;
  readonly atMs: number;
  readonly key: SigningKey;
  readonly planning: Planning;
  readonly verdict: Verdict;
  readonly approval: ApprovalId | null;
}
export type Step = ToCarry | { readonly kind: "answer"; readonly answer: Answer };

/** Sorted and plain: what `policy simulate` decides again, and what is compared at execution. */
export const factsJson = (facts: Facts | ReturnType<typeof material>): Json => ({ ...facts });

export interface Deciding {
  readonly found: Found;
  readonly screened: Screened;
  readonly engine: Engine;
  readonly approval: ApprovalId | null;
}

/** A step, and what shows with the commit whether the call was moved to it. */
interface Decided {
  readonly step: Step;
  readonly moved: Promise<boolean> | null;
}

export async function decideCall(deps: GatewayDeps, work: Work, deciding: Deciding): Promise<Step> {
  const { step, moved } = await inTenant(deps, work, (tx) => inTx(deps, work, deciding, tx));
  if (moved !== null && !(await moved))
    throw new Fault("invariant_broken", `Call ${work.call} was moved while it was held.`);
  return step;
}

async function inTx(deps: GatewayDeps, work: Work, deciding: Deciding, tx: TenantTx): Promise<Decided> {
  const { call, who, explain, read, asked } = work;
  const { found, engine, approval } = deciding;
  const hands = handsFor(deps.hands, explain);
  const signer = hands.kind === "explain" ? null : hands.ports.signer;
  const admission = {
    agent: who.agent,
    session: work.session.toString("hex"),
    call,
    ...read.batch,
    declared: volumeOf({ asked, read }),
  };
  const end = async (
    answer: Ending["answer"],
    more: Pick<Ending, "decided"> & { readonly code?: string } = {},
  ): Promise<Decided> =>
    answered(
      await endCall(deps, tx, work, {
        code: more.code ?? codeOf(answer),
        answer,
        told: answer.kind === "explained",
        ...(more.decided === undefined ? {} : { decided: more.decided }),
      }),
    );
  // Whoever else has this call in hand waits here, and finds it moved.
  const [held, session, turn, known] = await Promise.all([
    holdCall(tx, call),
    readSession(tx, work),
    explain ? undefined : deps.breaker.turn(tx, admission),
    signer?.known(tx) ?? null,
  ]);
  if (held === null) throw new Fault("invariant_broken", `Call ${call} has no row.`);
  if (held.state !== (approval === null ? "received" : "pending")) return answered({ kind: "running", call });
  const planning = planningOf(work, found, seenIn(deciding.screened, session, aboutTicket(work, found)));
  const killed = killedAnswer(deps, work);
  if (killed?.kind === "refused") return end(killed);

  const yes = approval === null ? null : await standsFor(deps, tx, work, planning, engine, approval);
  if (yes?.kind === "no") return end(yes.answer);
  // INVARIANT (22): the call counts as part of its session before anything is decided about it, and while it runs.
  const admitted = await (explain ? deps.breaker.foresee(tx, admission) : deps.breaker.admit(tx, admission, turn));
  if (admitted.kind === "open")
    return end(failToHuman(call, admitted.why, "Stop here. A person looks at it, and resets the breaker."), {
      code: "breaker_open",
    });

  const facts = factsOf(
    planning,
    admitted.window,
    yes === null ? null : { argsHash: planning.argsHash, approver: yes.approver },
  );
  if (approval !== null && digestOf(factsJson(material(facts))) !== digestOf(await openPlan(deps.keys, tx, held)))
    return end(
      await voided(
        deps,
        tx,
        work,
        approval,
        "facts_changed",
        "What the decision was based on has changed since a person was asked.",
      ),
    );
  const verdict = await engine.decide(facts);
  const entry = await deps.append(tx, {
    ...entryFor(call, who.agent, {
      outcome: verdict.colour === "RED" ? "refused" : "success",
      body: {
        v: 1,
        call,
        tool: facts.tool,
        args: planning.read.arguments,
        facts: factsJson(facts),
        verdict: verdictJson(verdict),
        set: verdict.set,
        explain,
        approval,
      },
    }),
    kind: "call.verdict",
    policyVersion: verdict.set,
  });
  const decided: DecidedRow = {
    argsHash: planning.argsHash,
    repository: planning.found.repository?.id ?? null,
    verdict,
    entry,
  };
  switch (nextOf(verdict, { explain, approved: approval !== null }).kind) {
    case "refuse":
      // Approved, and YELLOW all the same: it is not what was approved.
      if (verdict.colour === "YELLOW" && approval !== null)
        return end(
          await voided(
            deps,
            tx,
            work,
            approval,
            "rules_changed",
            "The rules ask for more than the approval that there is.",
          ),
        );
      return end(byRule(call, verdict), { decided });
    case "explain":
      return end(explained(work, planning, verdict, facts), { decided });
    case "ask": {
      // Nobody decides well about the hundredth of an hour, nor finds another agent's under it.
      if (await deps.approvals.crowded(tx, who.agent))
        return end(refused(call, "over_budget", CROWDED, { next: LATER }), { decided });
      const asking = approvalOf(planning, {
        call,
        argsHash: planning.argsHash,
        verdict,
        explanation: planning.read.wouldDo,
        facts,
      });
      const made = await deps.approvals.request(tx, asking);
      const moved = await toPending(deps.keys, tx, call, decided, {
        approval: made.approval,
        facts: factsJson(material(facts)),
      });
      if (!moved) throw new Fault("invariant_broken", `Call ${call} was moved while it was held.`);
      return answered({
        kind: "pending",
        call,
        approval: made.approval,
        expiresAt: made.expiresAt,
        url: deps.pageOf(made.approval),
        why: citedRules(verdict)[0]?.text ?? PENDING,
      });
    }
    case "execute": {
      // INVARIANT (13): with the intent the yes is used up, in one commit.
      const used = approval === null ? null : await deps.approvals.use(tx, approval, exactlyOf(planning, engine));
      if (used !== null && used.kind !== "yes")
        return end(
          (used.kind === "no" ? refusalOf(call, used.standing) : null) ??
            refused(call, "void", "The approval was used before."),
        );
      const intent = await deps.append(tx, {
        ...entryFor(call, who.agent, {
          outcome: "intent",
          body: {
            v: 1,
            call,
            tool: facts.tool,
            argsHash: planning.argsHash,
            set: verdict.set,
            verdict: entry,
            approval,
          },
        }),
        kind: "call.execute",
        policyVersion: verdict.set,
      });
      const at = tx.now();
      if (signer === null || at === null)
        throw new Fault("invariant_broken", "A call that is only explained was to be carried out.");
      const key = await signer.ready(tx, known);
      // Asked, and not waited for: it goes with the entries and the commit.
      const moved = toExecuting(tx, call, approval === null ? "received" : "pending", decided, intent);
      moved.catch(() => {});
      const step = { kind: "carry", intent, at, atMs: performance.now(), key, planning, verdict, approval } as const;
      return { step, moved };
    }
  }
}

const CROWDED = "As many requests of this agent as may already wait for people.";
const LATER =
  "Wait until people have answered some of them, or until they have expired. Do what needs nobody meanwhile.";

const answered = (answer: Answer): Decided => ({ step: { kind: "answer", answer }, moved: null });

const verdictJson = ({ colour, reasons, errors, set }: Verdict): Json => ({
  colour,
  reasons: reasons.map(({ id, version, text }) => ({ id, version, text })),
  errors: [...errors],
  set,
});

function explained(
  { call }: Work,
  planning: Planning,
  verdict: Verdict,
  facts: Facts,
): Extract<Answer, { kind: "explained" }> {
  return {
    kind: "explained",
    call,
    verdict: { colour: verdict.colour, rules: citedRules(verdict), set: verdict.set },
    wouldDo: planning.read.wouldDo,
    plan: { arguments: planning.read.arguments, facts: factsJson(facts), lease: planning.tool.lease },
  };
}
