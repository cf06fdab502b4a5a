// Calls that nobody moves: their process died, or the doer's word came when nobody waited for it any more. INVARIANT (27): each is
// finished once, or refused; by any number of supervisors at once.

import sql from "sql-template-tag";
import { z } from "zod";
import { callId, tenantId, type CallId } from "#kernel";
import type { Enqueue } from "#platform/jobs";
import { branded, type Database, type TenantClaim, type TenantTx } from "#platform/postgres";
import { activeTenants } from "#tenants/io";
import { failToHuman } from "../answers.ts";
import { declarationOf } from "../tools/index.ts";
import { codeOf, endCall } from "./call/end.ts";
import { findCall, openRecord } from "./call/rows.ts";
import type { GatewayDeps } from "./deps.ts";
import { limits, lostAfter } from "./limits.ts";
import { takeUp } from "./take-up.ts";

export const SWEEP = "gateway.sweep";
export const tenantPayload = z.object({ tenant: branded(z.string(), tenantId) });

const stillRow = z.object({ call_id: branded(z.string(), callId) }).transform(({ call_id: id }): CallId => id);

/** Oldest first. What waits for people is not among them: their answer, or the time, moves it. */
const stillCalls = (tx: TenantTx): Promise<readonly CallId[]> =>
  tx.many(
    sql`select call_id from gateway.call where tenant_id = ${tx.tenantId}
        and ((state = 'received' and moved_at < clock_timestamp() - ${limits.undecided} * interval '1 millisecond')
          or (state = 'executing' and moved_at < clock_timestamp() - ${limits.look} * interval '1 millisecond'))
      order by moved_at limit ${limits.sweep}`,
    stillRow,
  );

/** For a timer in main: a job for every tenant that has such calls. */
export async function sweepGateway({
  database,
  enqueue,
}: {
  readonly database: Pick<Database, "withTenant" | "withPlatform" | "claimFor">;
  readonly enqueue: Enqueue;
}): Promise<void> {
  for (const tenant of await database.withPlatform(activeTenants)) {
    const claim = await database.claimFor(tenant);
    if (claim === null) continue;
    await database.withTenant(claim, async (tx) => {
      if ((await stillCalls(tx)).length > 0)
        await enqueue(tx, { task: SWEEP, payload: { tenant }, key: `${SWEEP}:${tenant}`, queue: `${SWEEP}:${tenant}` });
    });
  }
}

/** INVARIANT (27): one that cannot be settled keeps no other from it. */
export async function sweepCalls(deps: GatewayDeps, claim: TenantClaim): Promise<void> {
  for (const id of await deps.database.withTenant(claim, stillCalls))
    await settle(deps, claim, id).catch((error: unknown) => deps.onProblem(id, error));
}

const age = z.object({ ms: z.number() });

async function settle(deps: GatewayDeps, claim: TenantClaim, id: CallId): Promise<void> {
  const call = await deps.database.withTenant(claim, (tx) => findCall(tx, id));
  if (call === null) return;
  if (call.state === "executing" && (await takeUp(deps, call, claim)) !== null) return;
  await deps.database.withTenant(claim, async (tx) => {
    const now = await findCall(tx, id);
    if (now === null || (now.state !== "received" && now.state !== "executing")) return;
    const wallMs = now.tool === null ? 0 : (declarationOf(now.tool)?.budget.wallMs ?? 0);
    const { ms } = await tx.one(
      sql`select extract(epoch from clock_timestamp() - moved_at)::float8 * 1000 as ms from gateway.call
        where tenant_id = ${tx.tenantId} and call_id = ${id}`,
      age,
    );
    if (ms < (now.state === "received" ? limits.undecided : lostAfter(wallMs))) return;
    const { who } = await openRecord(deps.keys, tx, now);
    const began = now.state === "executing" && (await wasTaken(tx, id));
    const answer = failToHuman(
      id,
      began
        ? "It was begun, and nothing was heard of it since. Whether it was done is not known: look before you ask again."
        : "It was not carried out: the process that worked on it ended.",
    );
    // Taken by a doer: the outcome is the doer's to tell, or the reconciler's who asks about it.
    await endCall(deps, tx, { call: id, who, trace: null }, { code: codeOf(answer), answer, told: began });
  });
}

/** Whether any doer has consumed its packet. */
const wasTaken = async (tx: TenantTx, call: CallId): Promise<boolean> =>
  (await tx.maybe(
    sql`select true as taken from doer.nonce where tenant_id = ${tx.tenantId} and call_id = ${call}`,
    z.object({ taken: z.literal(true) }),
  )) !== null;
