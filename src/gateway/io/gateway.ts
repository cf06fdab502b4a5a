// The gateway: one call after the other, from the surfaces to the doer and back.

import { setTimeout as pause } from "node:timers/promises";
import { isNotAccepted, keepClaims, type TenantClaim } from "#platform/postgres";
import { handsFor } from "#controls";
import type { AgentPrincipal } from "#identity";
import { Fault, type CallId } from "#kernel";
import { failToHuman, refused } from "../answers.ts";
import { declarationOf } from "../tools/index.ts";
import type { Answer, Asked, Gateway } from "../types.ts";
import { trackActive } from "./active.ts";
import { answeredAgain, isStopped } from "./call/answer.ts";
import { takeIn } from "./call/at-once.ts";
import { findCall, newCallId } from "./call/rows.ts";
import { goOn, runCall } from "./call/run.ts";
import { inOwnTurn } from "./call/work.ts";
import type { GatewayDeps } from "./deps.ts";
import { limits } from "./limits.ts";
import { takeUp } from "./take-up.ts";

export interface OpenGateway extends Gateway {
  /** Waits for what this process has under way. */
  close(): Promise<void>;
}

export function createGateway(deps: GatewayDeps): OpenGateway {
  const active = trackActive(deps.killSwitch);
  const claims = keepClaims(deps.database);

  async function arrive(who: AgentPrincipal, given: Asked, waitMs: number): Promise<Answer> {
    try {
      return await arriveBy(await claims.claimOf(who.tenant), who, given, waitMs);
    } catch (error) {
      // A kept claim that is not accepted: nothing was written under it, and it is asked for once more.
      if (!isNotAccepted(error)) throw error;
      claims.forget(who.tenant);
      return arriveBy(await claims.claimOf(who.tenant), who, given, waitMs);
    }
  }

  async function arriveBy(
    claim: TenantClaim | null,
    who: AgentPrincipal,
    given: Asked,
    waitMs: number,
  ): Promise<Answer> {
    if (claim === null) return refused(null, "tenant_inactive", "This tenant is not active.");
    const call = newCallId();
    const explain = handsFor(deps.hands, given.explain).kind === "explain";
    const asked = { ...given, explain };
    const trace = deps.tracing.open({
      id: call,
      name: `call ${declarationOf(asked.tool)?.name ?? "unknown tool"}`,
      as: "agent",
      traceparent: asked.traceparent,
      attributes: { agent: who.agent, tenant: who.tenant, surface: asked.from, explain },
    });
    const arrived = await deps.turns.ofAgent(who, () => takeIn(deps, { call, who, asked, explain, claim, trace }));
    switch (arrived.kind) {
      case "ended":
        return arrived.answer;
      case "known":
        trace.close();
        return within(active.find(arrived.call), arrived.answer, waitMs);
      case "begun": {
        const { tool, read, session, prefix } = arrived;
        const target = { repository: null };
        const running = active.run({ call, who, target }, (signal) =>
          runCall(deps, { call, who, asked, tool, read, explain, session, claim, prefix, trace, signal, target }, null),
        );
        return within(running, { kind: "running", call }, waitMs);
      }
      case "decided": {
        const { work, step } = arrived;
        const running = active.run(work, (signal) => goOn(deps, { ...work, signal }, step));
        return within(running, { kind: "running", call }, waitMs);
      }
    }
  }

  const handle: Gateway["handle"] = async (who, asked, waitMs) => {
    const killed = deps.killSwitch.look({ tenant: who.tenant, agent: who.agent, repository: null });
    try {
      return await arrive(who, asked, waitMs);
    } catch (error) {
      deps.onProblem(null, error);
      // What cannot be written down is not done; that it is stopped can be said all the same.
      if (killed !== null) return refused(null, "killed", killed.reason);
      return unwritten(error);
    }
  };

  return {
    handle,
    judge: (who, asked) => handle(who, { ...asked, explain: true }, JUDGE_MS),
    async status(who, call, waitMs) {
      const until = performance.now() + waitMs;
      for (;;) {
        const found = await look(deps, who, call);
        if (found === null || (found.kind !== "running" && found.kind !== "pending")) return found;
        const left = until - performance.now();
        if (left <= 0) return found;
        const here = active.find(call);
        await Promise.race([here ?? never, pause(Math.min(left, limits.poll), undefined, { ref: false })]);
      }
    },
    async close() {
      active.close();
      await active.idle();
    },
  };
}

const never = new Promise<never>(() => {});
/** A verdict waits for nobody but GitHub. */
const JUDGE_MS = 60_000;

async function within(running: Promise<Answer> | null, meanwhile: Answer, waitMs: number): Promise<Answer> {
  if (running === null) return meanwhile;
  return Promise.race([running, pause(waitMs, meanwhile, { ref: false })]);
}

/** INVARIANT (20): without a row and an entry there is no call, and nothing was carried out. */
const unwritten = (error: unknown): Answer =>
  refused(
    null,
    "facts_unavailable",
    error instanceof Fault && error.code === "tenant_inactive"
      ? "This tenant is not active."
      : "Countersign could not write the call down, so nothing was done.",
  );

/** With the doer's word, where there is one that nobody has taken up yet. null: this agent has no such call. */
async function look(deps: GatewayDeps, who: AgentPrincipal, id: CallId): Promise<Answer | null> {
  const claim = await deps.database.claimFor(who.tenant);
  if (claim === null) return null;
  const found = await inOwnTurn(deps, { claim, who }, async (tx) => {
    const call = await findCall(tx, id);
    // INVARIANT (21): another agent's call is none.
    if (call === null || call.agent !== who.agent) return null;
    return { call, answer: await answeredAgain(deps, tx, call), stopped: isStopped(deps, tx, call) !== null };
  });
  if (found === null) return null;
  if (found.call.state === "executing" && !found.stopped)
    return (await takeUp(deps, found.call, claim)) ?? found.answer;
  return found.answer ?? failToHuman(id, "What this call was answered was erased.");
}
