// inbox.slack and inbox.slack_workspace: rows in, rows out. What came is sealed: a job's row is no place for it, and this one no plain one.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Json } from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import type { Job } from "#platform/jobs";
import type { TenantTx } from "#platform/postgres";
import { LIMITS } from "./limits.ts";

export const ARRIVAL_TASK = "slack.arrival";

export const arrivalJob = (tx: TenantTx, arrival: string): Job => ({
  task: ARRIVAL_TASK,
  payload: { tenant: tx.tenantId, arrival },
  key: `slack:${tx.tenantId}:${arrival}`,
});

const placeOf = (arrival: string) => ({ column: "inbox.slack.body", row: arrival });

/** INVARIANT (N5): of any number of copies at any instant, one is new: the primary key decides, in this transaction. */
export async function insertArrival(keys: Keys, tx: TenantTx, arrival: string, body: Json): Promise<boolean> {
  const sealed = await sealColumn(keys, tx, placeOf(arrival), body);
  return (
    (await tx.run(sql`insert into inbox.slack (tenant_id, arrival, body) values (${tx.tenantId}, ${arrival}, ${sealed})
      on conflict do nothing`)) === 1
  );
}

/** null: unknown, or handled already, or erased with the client's key. */
export async function waitingArrival(keys: Keys, tx: TenantTx, arrival: string): Promise<Json | null> {
  const row = await tx.maybe(
    sql`select body from inbox.slack where tenant_id = ${tx.tenantId} and arrival = ${arrival} and done_at is null`,
    z.object({ body: z.instanceof(Uint8Array) }),
  );
  const opened = row === null ? null : await openColumn(keys, tx, placeOf(arrival), row.body);
  return opened?.kind === "open" ? opened.value : null;
}

/** False when somebody else has handled it meanwhile: the caller's effects must then not be written. A few old ones are forgotten with it. */
export async function markDone(tx: TenantTx, arrival: string): Promise<boolean> {
  const changed = await tx.run(sql`update inbox.slack set body = null, done_at = now()
    where tenant_id = ${tx.tenantId} and arrival = ${arrival} and done_at is null`);
  await tx.run(sql`delete from inbox.slack where tenant_id = ${tx.tenantId} and arrival in (
    select arrival from inbox.slack
    where tenant_id = ${tx.tenantId} and done_at < now() - make_interval(days => ${LIMITS.rememberDays})
    order by done_at limit ${LIMITS.forgottenPerArrival} for update skip locked)`);
  return changed === 1;
}

export interface Workspace {
  readonly team: string;
  /** Where each message of a person opens a ticket. */
  readonly channels: readonly string[];
}

/** null: Slack is not connected for this client. */
export const workspaceOf = (tx: TenantTx): Promise<Workspace | null> =>
  tx.maybe(
    sql`select team, channels from inbox.slack_workspace where tenant_id = ${tx.tenantId}`,
    z.object({ team: z.string(), channels: z.array(z.string()) }),
  );
