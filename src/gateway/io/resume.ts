// A call goes on after people have answered: planned again from fresh facts, decided again, and carried out only as it was approved.

import { z } from "zod";
import { callId, tenantId, type ApprovalId, type CallId, type TenantId } from "#kernel";
import type { Enqueue, Job, JobHandler } from "#platform/jobs";
import { branded, type TenantClaim, type TenantTx } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { refused, REVOKED } from "../answers.ts";
import { trackActive, type Active } from "./active.ts";
import { readAsked, sessionOf } from "./call/begin.ts";
import { refusalOf } from "./call/stands.ts";
import { codeOf, endCall, type Ending } from "./call/end.ts";
import { findCall, openRecord, type Call } from "./call/rows.ts";
import { runCall } from "./call/run.ts";
import { askerNow } from "./call/work.ts";
import type { GatewayDeps } from "./deps.ts";
import type { CallRecord } from "./shapes.ts";
import { SWEEP, sweepCalls, tenantPayload } from "./sweep.ts";

const RESUME = "gateway.resume";
const callPayload = z.object({ tenant: branded(z.string(), tenantId), call: branded(z.string(), callId) });

const resumeJob = (tenant: TenantId, call: CallId): Job => ({
  task: RESUME,
  payload: { tenant, call },
  key: `${RESUME}:${call}`,
  queue: `${RESUME}:${call}`,
});

/** For approvals: in the transaction that ended the request. */
export const onDecided =
  (enqueue: Enqueue) =>
  (tx: TenantTx, { call }: { readonly approval: ApprovalId; readonly call: CallId }): Promise<void> =>
    enqueue(tx, resumeJob(tx.tenantId, call));

/** For main: the gateway's jobs by task name. */
export function gatewayHandlers(deps: GatewayDeps): Readonly<Record<string, JobHandler>> {
  const active = trackActive(deps.killSwitch);
  return {
    [RESUME]: async (payload) => {
      const { tenant, call } = callPayload.parse(payload);
      const claim = await deps.database.claimFor(tenant);
      if (claim !== null) await resumeCall(deps, active, claim, call);
    },
    [SWEEP]: async (payload) => {
      const { tenant } = tenantPayload.parse(payload);
      const claim = await deps.database.claimFor(tenant);
      if (claim !== null) await sweepCalls(deps, claim);
    },
  };
}

interface Waiting {
  readonly call: Call;
  readonly approval: ApprovalId;
  readonly record: CallRecord;
  /** The agent as it is now. null: revoked. */
  readonly who: CallRecord["who"] | null;
  readonly prefix: string;
}

/** Idempotent: called again, or by two at once, it goes on once (`decideCall` holds the row). */
export async function resumeCall(deps: GatewayDeps, active: Active, claim: TenantClaim, id: CallId): Promise<void> {
  const waiting = await deps.database.withTenant(claim, async (tx): Promise<Waiting | null> => {
    const call = await findCall(tx, id);
    if (call === null || call.state !== "pending" || call.approval === null) return null;
    const record = await openRecord(deps.keys, tx, call);
    const standing = await deps.approvals.standing(tx, call.approval);
    if (standing?.kind === "pending") return null;
    const who = await askerNow(deps, tx, record.who);
    const no = refusalOf(id, standing) ?? (who === null ? refused(id, "void", REVOKED) : null);
    if (no === null) return { call, approval: call.approval, record, who, prefix: await ownPrefix(tx) };
    await endCall(deps, tx, { call: id, who: record.who, trace: null }, { code: no.code, answer: no, told: false });
    return null;
  });
  if (waiting === null || waiting.who === null) return;
  const { call, approval, record, who, prefix } = waiting;
  const usable = readAsked(who, record.asked, id);
  const end = (answer: Ending["answer"]) =>
    deps.database.withTenant(claim, (tx) =>
      endCall(deps, tx, { call: id, who, trace: null }, { code: codeOf(answer), answer, told: false }),
    );
  if (usable.kind === "refused") return void (await end(usable));
  const trace = deps.tracing.open({
    id,
    name: `call ${usable.tool.name}`,
    as: "agent",
    traceparent: record.asked.traceparent,
    attributes: { agent: who.agent, tenant: who.tenant, surface: record.asked.from, resumed: true },
  });
  const target = { repository: call.repository };
  await active.run({ call: id, who, target }, (signal) =>
    runCall(
      deps,
      {
        call: id,
        who,
        asked: record.asked,
        tool: usable.tool,
        read: usable.read,
        explain: call.explain,
        session: sessionOf(record.asked.session),
        claim,
        prefix,
        trace,
        signal,
        target,
      },
      approval,
    ),
  );
}
