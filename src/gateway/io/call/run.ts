// The path of one call after intake: facts, screening, decision, and what follows from it. It never throws: what goes wrong ends the call
// with FAIL_TO_HUMAN (X8), and its trace is closed whatever happened (X9).

import { handsFor } from "#controls";
import { Fault, type ApprovalId } from "#kernel";
import { cited, type Engine } from "#policy";
import type { Stage } from "#platform/telemetry";
import type { Screened } from "#screening";
import { failToHuman } from "../../answers.ts";
import type { Answer } from "../../types.ts";
import type { GatewayDeps } from "../deps.ts";
import { findWorld } from "./plan.ts";
import { carryOut, endUnsent } from "./carry.ts";
import { decideCall, type Step } from "./decide.ts";
import { codeOf, endCall } from "./end.ts";
import { findCall } from "./rows.ts";
import { closeTrace, hasDocument } from "./trace.ts";
import { inTenant, killedAnswer, type Work } from "./work.ts";

/** `approval`: people have answered it, and the call goes on. */
export const runCall = (deps: GatewayDeps, work: Work, approval: ApprovalId | null): Promise<Answer> =>
  run(deps, work, (sent) => stages(deps, work, approval, sent));

/** From its verdict on. */
export const goOn = (deps: GatewayDeps, work: Work, step: Step): Promise<Answer> =>
  run(deps, work, (sent) => follow(deps, work, step, sent));

/** Whether the doer may have the packet. */
interface Sent {
  yet: boolean;
}

async function run(deps: GatewayDeps, work: Work, path: (sent: Sent) => Promise<Answer>): Promise<Answer> {
  const sent = { yet: false };
  let ran: Ran = { answer: { kind: "running", call: work.call }, closed: false };
  try {
    const answer = await path(sent);
    ran = { answer, closed: answer.kind !== "pending" && answer.kind !== "running" };
  } catch (error) {
    work.trace.mark("ERROR", error instanceof Fault ? error.code : "bug");
    deps.onProblem(work.call, error);
    // Once it may be under way elsewhere, the truth is not known here: a sweep finds it.
    if (!sent.yet) ran = await giveUp(deps, work);
  } finally {
    const { answer, closed } = ran;
    if (!closed)
      await inTenant(deps, work, async (tx) =>
        closeTrace(deps.keys, tx, work.call, answer.kind, work.trace.close(), await hasDocument(tx, work.call)),
      ).catch((error: unknown) => deps.onProblem(work.call, error));
  }
  return ran.answer;
}

/** `closed`: the transaction that ended the call has closed its trace. */
interface Ran {
  readonly answer: Answer;
  readonly closed: boolean;
}

async function stages(deps: GatewayDeps, work: Work, approval: ApprovalId | null, sent: Sent): Promise<Answer> {
  const { trace } = work;
  const ended = (answer: Answer): Promise<Answer> =>
    answer.kind === "refused" || answer.kind === "failed"
      ? inTenant(deps, work, (tx) => endCall(deps, tx, work, { code: codeOf(answer), answer, told: false }))
      : Promise.resolve(answer);
  await deps.crash?.("begun");

  const planned = await trace.stage("plan", "span", () => findWorld(deps, work));
  const killed = killedAnswer(deps, work);
  if (killed !== null) return ended(killed);
  if (planned.kind === "not") return ended(planned.answer);
  await deps.crash?.("planned");

  const screened = await screen(deps, work);
  const stopped = killedAnswer(deps, work);
  if (stopped !== null) return ended(stopped);
  await deps.crash?.("screened");

  const step = await judge(deps, work, (engine) =>
    decideCall(deps, work, { found: planned.found, screened, engine, approval }),
  );
  return follow(deps, work, step, sent);
}

/** The agent's own words. */
export const screenWords = (
  { screening }: Pick<GatewayDeps, "screening">,
  { read, who }: Pick<Work, "read" | "who">,
): Promise<Screened> =>
  screening.screen(
    read.subject.texts.map((text) => ({ origin: "agent", text })),
    who.tenant,
  );

export const screen = (
  deps: GatewayDeps,
  { trace, read, who }: Pick<Work, "trace" | "read" | "who">,
): Promise<Screened> =>
  trace.stage("screen", "guardrail", async (stage) => {
    const found = await screenWords(deps, { read, who });
    stage.set({ injection: found.scores.injection, pii: found.scores.pii, secrets: found.scores.secrets });
    return found;
  });

/** What was decided, and by which rules, where a trace shows it. */
const traced = (engine: Engine, stage: Stage): Engine => ({
  set: engine.set,
  decide: async (facts) => {
    const verdict = await engine.decide(facts);
    const rules = verdict.reasons.map(cited).join(" ");
    stage.set({ colour: verdict.colour, rules });
    if (verdict.colour !== "GREEN") stage.mark("WARNING", `${verdict.colour}: ${rules}`);
    return verdict;
  },
});

/** By the rules in force at this moment. */
export const judge = (
  deps: GatewayDeps,
  { who, prefix, trace }: Pick<Work, "who" | "prefix" | "trace">,
  decide: (engine: Engine) => Promise<Step>,
): Promise<Step> =>
  trace.stage("verdict", "guardrail", async (stage) => {
    const decided = await decide(traced(await deps.policies.engineFor(who.tenant, prefix), stage));
    stage.set({ leads_to: decided.kind === "carry" ? "execute" : decided.answer.kind });
    return decided;
  });

async function follow(deps: GatewayDeps, work: Work, step: Step, sent: Sent): Promise<Answer> {
  if (step.kind === "answer") return step.answer;
  const hands = handsFor(deps.hands, work.explain);
  if (hands.kind === "explain")
    throw new Fault("invariant_broken", "A call that is only explained was to be carried out.");
  return carryOut(deps, hands.ports, work, step, sent);
}

async function giveUp(deps: GatewayDeps, work: Work): Promise<Ran> {
  const answer = failToHuman(work.call, "Something went wrong inside Countersign. Nothing was carried out.");
  try {
    const before = await inTenant(deps, work, (tx) => findCall(tx, work.call));
    // Asked for and committed, though we were not told: the person's answer goes on from there.
    if (before?.state === "pending") return { answer: { kind: "running", call: work.call }, closed: false };
    return { answer: await endUnsent(deps, work, answer), closed: true };
  } catch (error) {
    deps.onProblem(work.call, error);
    return { answer, closed: false };
  }
}
