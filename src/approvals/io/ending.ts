// How a request ends, in one transaction: its row, its entry, whoever waits for it, and what is told on the pull request.

import sql from "sql-template-tag";
import type { Party } from "#audit";
import type { Json } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { VoidCause } from "../types.ts";
import { entryOf, JOB } from "./entries.ts";
import { oneRow, type Row } from "./rows.ts";
import { tellJob } from "./tasks.ts";
import { tellEvent, type TellDepsHere } from "./told.ts";
import { tellStanding } from "./told-again.ts";
import type { ApprovalsDeps } from "./types.ts";

type Deps = Pick<ApprovalsDeps, "append" | "enqueue" | "onDecided"> & TellDepsHere;

/** Whoever waits for it is woken, and the pull request is told. */
export async function announce(deps: Pick<Deps, "enqueue">, tx: TenantTx, row: Row): Promise<void> {
  if (row.deliver !== null) await deps.enqueue(tx, tellJob(tx.tenantId, row.deliver.repository.id, row.deliver.number));
}

async function ended(deps: Deps, tx: TenantTx, row: Row): Promise<void> {
  await deps.onDecided(tx, { approval: row.approval, call: row.call });
  await announce(deps, tx, row);
  const now = await oneRow(tx, row.approval);
  if (now !== null) await tellEvent(deps, tx, now, "approval.decided");
  await tellStanding(deps, tx, row.approval);
}

/** INVARIANT (16): nobody's no. The log and the agent are told that the time was over. */
export async function expire(deps: Deps, tx: TenantTx, row: Row): Promise<void> {
  await tx.run(sql`update approvals.approval set state = 'expired', ended_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and approval_id = ${row.approval}`);
  await deps.append(
    tx,
    entryOf(row, {
      kind: "approval.expire",
      outcome: "success",
      action: "timeout",
      initiator: JOB,
      body: { why: "nobody decided in time" },
    }),
  );
  await ended(deps, tx, row);
}

/** Of a request that waits, or of a yes that is worth nothing any more. */
export async function voidRow(
  deps: Deps,
  tx: TenantTx,
  row: Row,
  why: VoidCause,
  initiator: Party = JOB,
): Promise<void> {
  await tx.run(sql`update approvals.approval set state = 'void', cause = ${why}, ended_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and approval_id = ${row.approval}`);
  await deps.append(
    tx,
    entryOf(row, { kind: "approval.void", outcome: "success", action: why, initiator, body: { why, was: row.state } }),
  );
  await ended(deps, tx, row);
}

export async function settle(
  deps: Deps,
  tx: TenantTx,
  row: Row,
  state: "approved" | "rejected",
  said: {
    readonly initiator: Party;
    readonly body: Readonly<Record<string, Json>>;
    readonly personal?: { readonly subject: string; readonly data: Json };
  },
): Promise<void> {
  await tx.run(sql`update approvals.approval set state = ${state}::approvals.state, ended_at = now.at, decided_at = now.at
    from (select clock_timestamp() as at) now where tenant_id = ${tx.tenantId} and approval_id = ${row.approval}`);
  await deps.append(tx, entryOf(row, { kind: "approval.decide", outcome: "success", action: state, ...said }));
  await ended(deps, tx, row);
}
