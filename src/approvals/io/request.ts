// Asking: the row, its entry, and the jobs that make it known and end it.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { approvalId, Fault, millis, plus, type ApprovalId, type CallId, type Instant } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { isOver } from "../deadline.ts";
import { limits } from "../limits.ts";
import type { NewApproval } from "../types.ts";
import type { Watch } from "./clocks.ts";
import { announce, expire, voidRow } from "./ending.ts";
import { entryOf } from "./entries.ts";
import { asDate, databaseNow, locked, oneRow, rowsWhere, type Row } from "./rows.ts";
import { sealShown, shownJson } from "./sealed.ts";
import { lookJob } from "./tasks.ts";
import { tellAsked } from "./told.ts";
import type { ApprovalsDeps } from "./types.ts";

type Requested = { readonly approval: ApprovalId; readonly expiresAt: Instant };

export async function request(deps: ApprovalsDeps, watch: Watch, tx: TenantTx, asked: NewApproval): Promise<Requested> {
  refuseImpossible(asked);
  const before = await openOf(tx, asked.call);
  if (before !== null) {
    const over = isOver(before, watch.clocks(tx.tenantId, before));
    if (before.state === "pending" && over) await expire(deps, tx, before);
    else if (before.state === "pending" && before.sameEpoch && isSame(before, asked))
      return { approval: before.approval, expiresAt: before.expiresAt };
    else await voidRow(deps, tx, before, before.sameEpoch ? "superseded" : "client_suspended");
  }
  const row = await insert(deps, watch, tx, asked);
  await deps.append(
    tx,
    entryOf(row, {
      kind: "approval.request",
      outcome: "success",
      action: asked.risk,
      initiator: { type: "agent", id: asked.agent },
      body: {
        agent: asked.agent,
        requester: asked.requester,
        risk: asked.risk,
        quorum: asked.quorum,
        minutes: asked.minutes,
        shown: shownJson(asked.shown),
      },
    }),
  );
  await announce(deps, tx, row);
  await tellAsked(deps, tx, row);
  await deps.enqueue(tx, lookJob(tx.tenantId, row.expiresAt));
  return { approval: row.approval, expiresAt: row.expiresAt };
}

function refuseImpossible({ quorum, minutes, requester, risk, deliver, headSha }: NewApproval): void {
  const whole = (n: number, max: number): boolean => Number.isSafeInteger(n) && n >= 1 && n <= max;
  if (!whole(quorum, limits.quorum) || !whole(minutes, limits.minutes))
    throw new Fault(
      "input_invalid",
      `An approval is asked of 1 to ${limits.quorum} people, for 1 to ${limits.minutes} minutes: not of ${quorum} for ${minutes} (${risk}, ${requester ?? "nobody"}).`,
    );
  if (deliver !== null && headSha !== null && deliver.sha !== headSha)
    throw new Fault("input_invalid", "What is asked about one commit cannot be made known on another.");
}

const isSame = (row: Row, asked: NewApproval): boolean =>
  row.digest === asked.digest &&
  row.policySet === asked.policySet &&
  row.headSha === asked.headSha &&
  row.risk === asked.risk &&
  row.quorum === asked.quorum;

async function openOf(tx: TenantTx, call: CallId): Promise<Row | null> {
  const [found] = await rowsWhere(tx, sql`call_id = ${call} and state in ('pending', 'approved')`);
  if (found === undefined) return null;
  const row = await locked(tx, found.approval);
  return row !== null && (row.state === "pending" || row.state === "approved") ? row : null;
}

async function insert(deps: ApprovalsDeps, watch: Watch, tx: TenantTx, asked: NewApproval): Promise<Row> {
  const id = approvalId(randomUUID());
  if (id === null) throw new Fault("invariant_broken", "A random UUID is none.");
  const { deliver } = asked;
  const shown = await sealShown(deps.keys, tx, id, asked.shown, asked.facts ?? null);
  // Read together, so that the two clocks begin at the same moment.
  const from = await databaseNow(tx);
  const monotonicMs = watch.monotonicMs();
  await tx.run(sql`insert into approvals.approval (tenant_id, approval_id, call_id, agent_id, requester_id, digest, policy_set, head_sha, risk, quorum,
      shown, repository_id, repository_name, installation_id, number, sha, boot, monotonic_ms, requested_at, expires_at)
    values (${tx.tenantId}, ${id}, ${asked.call}, ${asked.agent}, ${asked.requester}, ${asked.digest}, ${asked.policySet}, ${asked.headSha}, ${asked.risk},
      ${asked.quorum}, ${shown}, ${deliver?.repository.id ?? null}, ${deliver?.repository.name ?? null}, ${deliver?.repository.installation ?? null},
      ${deliver?.number ?? null}, ${deliver?.sha ?? null}, ${watch.boot}, ${monotonicMs}, ${asDate(from)}, ${asDate(plus(from, millis(asked.minutes * 60_000)))})`);
  const row = await oneRow(tx, id);
  if (row === null) throw new Fault("invariant_broken", "A request that was just written is not there.");
  return row;
}
