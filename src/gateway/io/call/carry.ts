// From the intent in the log to the answer: sign, send, wait for the doer's word. INVARIANT (13, X13): the intent is durable before the
// packet exists; and a packet exists only within `signWithin` of it.

import { setTimeout as pause } from "node:timers/promises";
import sql from "sql-template-tag";
import { Fault, type CallId } from "#kernel";
import type { Carrying, GatewayDeps } from "../deps.ts";
import { isMoved, type TenantTx } from "#platform/postgres";
import { done, failedTool, failToHuman, refused } from "../../answers.ts";
import { RETURNS, textsOf, withTexts } from "../../origins.ts";
import { PACKET_MS } from "../../packet-bytes.ts";
import type { DoerOutcome } from "../../packet.ts";
import { volumeOf } from "../../plan.ts";
import type { Answer } from "../../types.ts";
import { limits } from "../limits.ts";
import type { ToCarry } from "./decide.ts";
import { codeOf, endCall, endCarried, type Ending } from "./end.ts";
import type { Returned } from "./rows.ts";
import { inTenant, killedAnswer, type Work } from "./work.ts";

/** How long after its intent a call that the doer says nothing about is lost. */
export const lostAfter = (wallMs: number): number => limits.signWithin + PACKET_MS + wallMs + limits.slack;

/** `sent` is true from the moment on from which the doer may have the packet. */
export async function carryOut(
  deps: GatewayDeps,
  ports: Carrying,
  work: Work,
  step: ToCarry,
  sent: { yet: boolean },
): Promise<Answer> {
  const { call, who, trace } = work;
  await deps.crash?.("decided");
  const killed = killedAnswer(deps, work);
  if (killed?.kind === "refused") return endUnsent(deps, work, killed);
  const { planning, verdict } = step;
  if (verdict.colour === "RED")
    throw new Fault("invariant_broken", `Call ${call} is RED, and would have been carried out.`);
  const packet = await trace.stage("sign", "span", async () =>
    performance.now() - step.atMs < limits.signWithin
      ? ports.signer.sign(who.tenant, step.key, step.at, {
          call,
          agent: who.agent,
          requester: who.requesterName,
          tool: work.tool.name,
          args: planning.read.arguments,
          repository: planning.found.repository,
          headSha: planning.found.pull?.head ?? null,
          policySet: verdict.set,
          verdict: step.approval === null ? "GREEN" : "YELLOW",
          approval: step.approval,
          intent: step.intent,
          traceparent: trace.traceparent,
        })
      : null,
  );
  await deps.crash?.("signed");
  const late = killedAnswer(deps, work);
  if (packet === null || late !== null || work.signal.aborted)
    return endUnsent(
      deps,
      work,
      late?.kind === "refused"
        ? late
        : failToHuman(call, "The call was held up for too long before it was signed. It was not carried out."),
    );
  const outcome = await trace.stage("execute", "tool", async (stage) => {
    sent.yet = true;
    await ports.dispatch.send(packet);
    await deps.crash?.("sent");
    const found = await awaited(ports, work);
    if (found === null) stage.mark("WARNING", "no outcome yet");
    return found;
  });
  await deps.crash?.("returned");
  // It goes on without us: whoever asks for the status, or a sweep, finds its end.
  if (outcome === null) return { kind: "running", call };
  // What people were asked about has an earlier part of its trace, which is read first.
  return finish(
    deps,
    work,
    outcome,
    step.approval === null ? { fromMs: step.atMs, cents: volumeOf(work).cents } : null,
  );
}

/** Nothing was sent, so nothing can be done: the intent gets that as its outcome. */
export const endUnsent = (deps: GatewayDeps, work: Work, answer: Ending["answer"]): Promise<Answer> =>
  inTenant(deps, work, (tx) => endCall(deps, tx, work, { code: codeOf(answer), answer, told: false }));

async function awaited(ports: Carrying, work: Work): Promise<DoerOutcome | null> {
  const { call, who, tool, signal } = work;
  const until = performance.now() + lostAfter(tool.budget.wallMs);
  while (performance.now() < until && !signal.aborted) {
    // A kill does not wait for the doer's next word.
    const found = await Promise.race([ports.dispatch.outcome(who.tenant, call, limits.look), stopped(signal)]);
    if (found !== null) return found;
  }
  if (!signal.aborted) return null;
  // INVARIANT (3): leases first, whatever else; then the doer's own word, which looks at the same switch.
  const [, found] = await Promise.all([
    ports.endLeases(who.tenant, call),
    ports.dispatch.outcome(who.tenant, call, limits.afterKill).catch(() => null),
  ]);
  return (
    found ?? {
      kind: "killed",
      why: "It was stopped while it was carried out. What it had done until then is in the log of the doer.",
    }
  );
}

async function stopped(signal: AbortSignal): Promise<null> {
  await pause(limits.look * 2, undefined, { signal, ref: false }).catch(() => {});
  return null;
}

/** What the doer says, as the agent is told. */
export function answerFor(call: CallId, outcome: DoerOutcome): Ending["answer"] {
  switch (outcome.kind) {
    case "done":
      return done(call, outcome.result, outcome.summary);
    case "refused":
      return refused(call, "doer_refused", outcome.why, { next: outcome.next });
    case "failed":
      return failedTool(call, outcome.why);
    case "killed":
      return refused(call, "killed", outcome.why);
  }
}

/** What a server says of a failure may quote what it failed on: credentials are taken out of that, too. */
async function inCleanWords({ screening }: Pick<GatewayDeps, "screening">, outcome: DoerOutcome): Promise<DoerOutcome> {
  const words = outcome.kind === "done" ? outcome.summary : outcome.why;
  const [clean = ""] = (await screening.screen([{ origin: "tool_result", text: words }])).scrubbed;
  return outcome.kind === "done" ? { ...outcome, summary: clean } : { ...outcome, why: clean };
}

type Finishing = Pick<Work, "call" | "who" | "claim" | "tool"> & { readonly trace: Work["trace"] | null };

/**
 * What came back is screened like what goes out: its secrets are taken out, and what it says to the agent is remembered. `carried`:
 * since when, by the monotonic clock, this process and no other has carried it out; null: somebody else may have ended it.
 */
export async function finish(
  deps: GatewayDeps,
  work: Finishing,
  outcome: DoerOutcome,
  carried: { readonly fromMs: number; readonly cents: number } | null,
): Promise<Answer> {
  const { call, tool } = work;
  const origin = RETURNS[tool.name];
  let returned: Returned | null = null;
  let answer = answerFor(call, await inCleanWords(deps, outcome));
  if (outcome.kind === "done" && origin !== null) {
    const texts = textsOf(outcome.result);
    const found = await deps.screening.screen(texts.map((text) => ({ origin, text })));
    returned = { origin, injection: found.scores.injection };
    if (answer.kind === "done") answer = { ...answer, result: withTexts(outcome.result, found.scrubbed) };
  }
  const bytes = outcome.kind === "done" ? JSON.stringify(outcome.result).length : 0;
  const ending = { code: codeOf(answer), answer, returned, bytes, told: true };
  const looking = (): Promise<Answer> => written(deps, work, (tx) => endCall(deps, tx, work, ending));
  const ended =
    carried === null
      ? await looking()
      : await written(deps, work, (tx) =>
          endCarried(deps, tx, work, ending, {
            wallMs: Math.round(performance.now() - carried.fromMs),
            cents: carried.cents,
          }),
        ).catch((error: unknown) => {
          if (isMoved(error)) return looking();
          throw error;
        });
  await deps.crash?.("ended");
  return ended;
}

/**
 * The doer's own entry and outcome are durable before anybody is answered. Should this row be lost with the server's power, a sweep writes
 * it again from those.
 */
const written = <T>(deps: GatewayDeps, work: Pick<Work, "claim">, end: (tx: TenantTx) => Promise<T>): Promise<T> =>
  inTenant(deps, work, async (tx) => {
    const told = await end(tx);
    tx.later(sql`select set_config('synchronous_commit', 'off', true)`);
    return told;
  });
