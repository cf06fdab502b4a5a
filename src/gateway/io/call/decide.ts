// Breaker, verdict, and what follows from it, in one transaction: whatever a verdict leads to exists exactly when its entry does.

import { handsFor } from "#controls";
import type { Admission, Admitted, BreakerFacts } from "#controls";
import { Fault, type ApprovalId, type EntryId, type Instant, type Json } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Engine, Facts, Verdict } from "#policy";
import type { Screened } from "#screening";
import { byRule, citedRules, failToHuman, refused, REVOKED } from "../../answers.ts";
import { approvalOf } from "../../asking.ts";
import { nextOf } from "../../next.ts";
import type { DecidedCall } from "../../packet-bytes.ts";
import { factsOf, material, volumeOf, type Found, type Planning } from "../../plan.ts";
import type { Answer } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import { digestOf } from "../digest.ts";
import { decidedHash } from "../sign.ts";
import type { SigningKey } from "../signing-keys.ts";
import { PENDING } from "./answer.ts";
import { codeOf, endCall, entryFor, type Ending } from "./end.ts";
import { aboutTicket, planningOf, readSession, seenIn, type Session } from "./plan.ts";
import { exactlyOf, refusalOf, standsFor, voided } from "./stands.ts";
import { holdCall, openPlan, toExecuting, toPending, type Call, type DecidedRow } from "./rows.ts";
import { inOwnTurn, killedAnswer, type Work } from "./work.ts";

export interface ToCarry {
  readonly kind: "carry";
  readonly intent: EntryId;
  /** When that was written, by the database's clock, and by this process's monotonic one. */
  readonly at: Instant;
  readonly atMs: number;
  readonly key: SigningKey;
  readonly decided: DecidedCall;
  readonly args: Json;
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

/** A call that is being decided: what carries it out is not there yet. */
export type Deciders = Omit<Work, "signal">;
type Looking = Pick<Work, "call" | "who" | "asked" | "read" | "session" | "explain">;

export const admissionOf = ({ call, who, asked, read, session }: Omit<Looking, "explain">): Admission => ({
  agent: who.agent,
  session: session.toString("hex"),
  call,
  ...volumeOf({ asked, read }),
});

/** What the database knows of the agent before a decision. */
export interface Looked {
  readonly session: Session;
  /** null: it is only explained. */
  readonly turn: BreakerFacts | null;
  readonly foreseen: Admitted | null;
  /** null: there is none, or it is only explained. */
  readonly key: SigningKey | null;
  /** Neither the agent nor the key that it asked with was revoked since. */
  readonly stands: boolean;
}

/** All of it is asked in the same moment: it goes in one write. */
export async function look(deps: GatewayDeps, tx: TenantTx, work: Looking): Promise<Looked> {
  const hands = handsFor(deps.hands, work.explain);
  const admission = admissionOf(work);
  const [session, turn, foreseen, key, stands] = await Promise.all([
    readSession(tx, work),
    work.explain ? null : deps.breaker.turn(tx, admission),
    work.explain ? deps.breaker.foresee(tx, admission) : null,
    hands.kind === "explain" ? null : hands.ports.signer.known(tx),
    deps.stillAsks(tx, work.who),
  ]);
  return { session, turn, foreseen, key, stands };
}

export const decideCall = (deps: GatewayDeps, work: Work, deciding: Deciding): Promise<Step> =>
  inOwnTurn(deps, work, async (tx) => {
    // Whoever else has this call in hand waits here, and finds it moved.
    const [held, looked] = await Promise.all([holdCall(tx, work.call), look(deps, tx, work)]);
    if (held === null) throw new Fault("invariant_broken", `Call ${work.call} has no row.`);
    if (held.state !== (deciding.approval === null ? "received" : "pending"))
      return answered({ kind: "running", call: work.call });
    return decideIn(deps, tx, work, { ...deciding, looked, held });
  });

/** Of a call that nobody else has in hand. `held`: its row, where people have answered about it. */
export async function decideIn(
  deps: GatewayDeps,
  tx: TenantTx,
  work: Deciders,
  deciding: Deciding & { readonly looked: Looked; readonly held: Call | null },
): Promise<Step> {
  const { call, who, explain } = work;
  const { found, engine, approval, looked, held } = deciding;
  const hands = handsFor(deps.hands, explain);
  const admission = admissionOf(work);
  const end = async (
    answer: Ending["answer"],
    more: Pick<Ending, "decided"> & { readonly code?: string } = {},
  ): Promise<Step> =>
    answered(
      await endCall(deps, tx, work, {
        code: more.code ?? codeOf(answer),
        answer,
        told: answer.kind === "explained",
        ...(more.decided === undefined ? {} : { decided: more.decided }),
      }),
    );
  const planning = planningOf(work, found, seenIn(deciding.screened, looked.session, aboutTicket(work, found)));
  const killed = killedAnswer(deps, work);
  if (killed?.kind === "refused") return end(killed);
  // INVARIANT: what is revoked is over with its commit, for what it has asked before, too: this transaction writes the intent, or none.
  if (!looked.stands) return end(refused(call, "killed", REVOKED));

  const yes = approval === null ? null : await standsFor(deps, tx, work, planning, engine, approval);
  if (yes?.kind === "no") return end(yes.answer);
  // INVARIANT (22): the call counts as part of its session before anything is decided about it, and while it runs.
  const admitted = looked.foreseen ?? (await deps.breaker.admit(tx, admission, looked.turn ?? undefined));
  if (admitted.kind === "open")
    return end(failToHuman(call, admitted.why, "Stop here. A person looks at it, and resets the breaker."), {
      code: "breaker_open",
    });

  const facts = factsOf(
    planning,
    admitted.window,
    yes === null ? null : { argsHash: planning.argsHash, approver: yes.approver },
  );
  const before = held === null ? null : await openPlan(deps.keys, tx, held);
  if (approval !== null && digestOf(factsJson(material(facts))) !== digestOf(before))
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
        set: engine.set,
        explanation: planning.read.wouldDo,
        facts,
      });
      const made = await deps.approvals.request(tx, asking);
      await toPending(deps.keys, tx, call, decided, {
        approval: made.approval,
        facts: factsJson(material(facts)),
      });
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
      if (verdict.colour !== "GREEN") throw new Fault("invariant_broken", `Call ${call} is ${verdict.colour}.`);
      const sure: DecidedCall = {
        call,
        agent: who.agent,
        requester: who.requesterName,
        tool: facts.tool,
        argsHash: planning.argsHash,
        repository: planning.found.repository,
        headSha: planning.found.pull?.head ?? null,
        policySet: engine.set,
        // GREEN by itself, or because people said yes to it.
        verdict: approval === null ? "GREEN" : "YELLOW",
        approval,
      };
      const intent = await deps.append(tx, {
        ...entryFor(call, who.agent, {
          outcome: "intent",
          body: {
            v: 1,
            call,
            tool: facts.tool,
            argsHash: planning.argsHash,
            decided: decidedHash(sure),
            set: verdict.set,
            verdict: entry,
            approval,
          },
        }),
        kind: "call.execute",
        policyVersion: verdict.set,
      });
      const at = tx.now();
      if (hands.kind === "explain" || at === null)
        throw new Fault("invariant_broken", "A call that is only explained was to be carried out.");
      const key = await hands.ports.signer.ready(tx, looked.key);
      toExecuting(tx, call, approval === null ? "received" : "pending", decided, intent);
      return { kind: "carry", intent, at, atMs: performance.now(), key, decided: sure, args: planning.read.arguments };
    }
  }
}

const CROWDED = "As many requests of this agent as may already wait for people.";
const LATER =
  "Wait until people have answered some of them, or until they have expired. Do what needs nobody meanwhile.";

const answered = (answer: Answer): Step => ({ kind: "answer", answer });

const verdictJson = ({ colour, reasons, errors, set }: Verdict): Json => ({
  colour,
  reasons: reasons.map(({ id, version, text }) => ({ id, version, text })),
  errors: [...errors],
  set,
});

function explained(
  { call }: Pick<Work, "call">,
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
