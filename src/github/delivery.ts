// inbox.delivery: rows in, rows out.

import sql from "sql-template-tag";
import { z } from "zod";
import { type Instant, installationId, type InstallationId, type TenantId } from "#kernel";
import type { Job } from "#platform/jobs";
import { branded, instantColumn, type PlatformTx, type TenantTx } from "#platform/postgres";
import { LIMITS } from "./limits.ts";

export const DELIVERY_TASK = "github.delivery";

export interface NewDelivery {
  readonly guid: string;
  readonly event: string;
  readonly installation: InstallationId;
  readonly payload: Uint8Array;
}

export interface WaitingDelivery extends NewDelivery {
  readonly receivedAt: Instant;
}

export type Handled = "handled" | "ignored" | "malformed";

export const deliveryJob = (tenant: TenantId, guid: string): Job => ({
  task: DELIVERY_TASK,
  payload: { tenant, guid },
  key: `delivery:${tenant}:${guid}`,
});

/** INVARIANT: of any number of copies at any instant, one is `new`: the primary key decides, in this transaction (G02). */
export async function insertDelivery(tx: TenantTx, delivery: NewDelivery): Promise<"new" | "waiting" | "done"> {
  const inserted = await tx.run(sql`
    insert into inbox.delivery (tenant_id, guid, event, installation_id, payload)
    values (${tx.tenantId}, ${delivery.guid}, ${delivery.event}, ${delivery.installation}, ${Buffer.from(delivery.payload)})
    on conflict do nothing`);
  if (inserted === 1) return "new";
  const waiting = await tx.maybe(
    sql`select guid from inbox.delivery where tenant_id = ${tx.tenantId} and guid = ${delivery.guid} and done_at is null`,
    z.object({ guid: z.string() }),
  );
  return waiting === null ? "done" : "waiting";
}

const row = z
  .object({
    guid: z.string(),
    event: z.string(),
    installation_id: branded(z.int(), installationId),
    payload: z.instanceof(Uint8Array),
    received_at: instantColumn,
  })
  .transform((raw): WaitingDelivery => ({
    guid: raw.guid,
    event: raw.event,
    installation: raw.installation_id,
    payload: raw.payload,
    receivedAt: raw.received_at,
  }));

/** null: unknown, or handled already. */
export function waitingDelivery(tx: TenantTx, guid: string): Promise<WaitingDelivery | null> {
  return tx.maybe(
    sql`select guid, event, installation_id, payload, received_at from inbox.delivery
      where tenant_id = ${tx.tenantId} and guid = ${guid} and done_at is null`,
    row,
  );
}

/** False when somebody else has handled it meanwhile: the caller's effects must then not be written. */
export async function markDone(tx: TenantTx, guid: string, outcome: Handled): Promise<boolean> {
  const changed = await tx.run(sql`
    update inbox.delivery set payload = null, done_at = now(), outcome = ${outcome}
    where tenant_id = ${tx.tenantId} and guid = ${guid} and done_at is null`);
  return changed === 1;
}

/** A few that GitHub cannot repeat any more. */
export async function forgetOld(tx: TenantTx): Promise<void> {
  await tx.run(sql`
    delete from inbox.delivery where tenant_id = ${tx.tenantId} and guid in (
      select guid from inbox.delivery
      where tenant_id = ${tx.tenantId} and done_at < now() - make_interval(days => ${LIMITS.rememberDeliveriesDays})
      order by done_at limit ${LIMITS.forgottenPerDelivery} for update skip locked)`);
}

const nothing = z.unknown();

export async function noteInstallation(tx: PlatformTx, installation: InstallationId, host: string): Promise<void> {
  await tx.one(sql`select platform.note_installation(${installation}, ${host})`, nothing);
}
