// From the intent in the log to the answer: sign, send, wait for the doer's word. INVARIANT (13, X13): the intent is durable before the
// packet exists; and a packet exists only within `signWithin` of it.

import { setTimeout as pause } from "node:timers/promises";
import sql from "sql-template-tag";
import type { CallId, TenantId } from "#kernel";
import type { Carrying, GatewayDeps } from "../deps.ts";
import { isMoved, type TenantTx } from "#platform/postgres";
import type { Origin } from "#screening";
import { done, failedTool, failToHuman, refused } from "../../answers.ts";
import { textsOf, withTexts, writtenBy } from "../../origins.ts";
import type { DoerOutcome } from "../../packet.ts";
import { volumeOf } from "../../plan.ts";
import type { Answer } from "../../types.ts";
import { limits, lostAfter } from "../limits.ts";
import type { ToCarry } from "./decide.ts";
import { codeOf, endCall, endCarried, type Ending } from "./end.ts";
import type { Returned } from "./rows.ts";
import { inTenant, killedAnswer, type Work } from "./work.ts";

/** `sent` is true from the moment on from which the doer may have the packet. */
export async function carryOut(
  deps: GatewayDeps,
  ports: Carrying,
  work: Work,
  step: ToCarry,
  sent: { yet: boolean },
): Promise<Answer> {
  const { call, who, trace } = work;
  const { decided, args, intent } = step;
  await deps.crash?.("decided");
  const killed = killedAnswer(deps, work);
  if (killed?.kind === "refused") return endUnsent(deps, work, killed);
  const packet = await trace.stage("sign", "span", async () =>
    performance.now() - step.atMs < limits.signWithin
      ? ports.signer.sign(who.tenant, step.key, step.at, { ...decided, args, intent, traceparent: trace.traceparent })
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
    stage.set({ tool: work.tool.name });
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
    decided.approval === null ? { fromMs: step.atMs, cents: volumeOf(work).cents } : null,
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
    case "unknown":
      return failToHuman(call, outcome.why, outcome.next);
    case "killed":
      return refused(call, "killed", outcome.why);
  }
}

interface Cleaned {
  readonly outcome: DoerOutcome;
  /** How strongly what others wrote in it looks like instructions to the agent. */
  readonly injection: number;
}

/** What a server says of a failure may quote what it failed on: it is screened as a result is, and credentials are taken out of it, too. */
async function inCleanWords(
  { screening }: Pick<GatewayDeps, "screening">,
  outcome: DoerOutcome,
  origin: Origin | null,
  whose: TenantId,
): Promise<Cleaned> {
  const words = wordsOf(outcome, origin);
  const { scrubbed, scores } = await screening.screen(
    words.map((text) => ({ origin: origin ?? "tool_result", text })),
    whose,
  );
  const [first = "", ...rest] = scrubbed;
  const { injection } = scores;
  switch (outcome.kind) {
    case "done": {
      const result = origin === null ? outcome.result : withTexts(outcome.result, rest);
      return { outcome: { ...outcome, summary: first, result }, injection };
    }
    case "refused":
    case "unknown":
      return { outcome: { ...outcome, why: first, next: rest[0] ?? "" }, injection };
    case "failed":
    case "killed":
      return { outcome: { ...outcome, why: first }, injection };
  }
}

const wordsOf = (outcome: DoerOutcome, origin: Origin | null): readonly string[] => {
  switch (outcome.kind) {
    case "done":
      return [outcome.summary, ...(origin === null ? [] : textsOf(outcome.result))];
    case "refused":
    case "unknown":
      return [outcome.why, outcome.next];
    case "failed":
    case "killed":
      return [outcome.why];
  }
};

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
  const origin = writtenBy(answerFor(call, outcome), tool.name);
  const { outcome: clean, injection } = await inCleanWords(deps, outcome, origin, work.who.tenant);
  const answer = answerFor(call, clean);
  const returned: Returned | null = origin === null ? null : { origin, injection };
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
