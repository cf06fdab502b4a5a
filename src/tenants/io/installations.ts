// What GitHub says of a tenant's installation, noted with its entry. It needs no token, and there is none any more.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Party } from "#audit";
import type { Append } from "#audit/io";
import { installationId, iso, type Instant, type InstallationId } from "#kernel";
import { branded, type TenantTx } from "#platform/postgres";
import type { LostInstallation } from "./registry.ts";

/** A delivery about an installation, or that there was any other delivery through it. */
export interface InstallationSaid {
  readonly installation: InstallationId;
  readonly said: "deleted" | "suspend" | "unsuspend" | "heard";
  readonly receivedAt: Instant;
}

const STATES = { deleted: "gone", suspend: "suspended", unsuspend: "active", heard: "active" } as const;

/** In the transaction that handles the delivery. What changes nothing (told twice, overtaken by a later one) has no entry (L14). */
export async function noteInstallationState(
  append: Append,
  tx: TenantTx,
  { installation, said, receivedAt }: InstallationSaid,
  by: { readonly observer: Party; readonly guid: string },
): Promise<void> {
  const { changed } = await tx.one(
    sql`select platform.note_installation_state(${installation}::bigint, ${said}, ${iso(receivedAt)}::timestamptz) as changed`,
    z.object({ changed: z.boolean() }),
  );
  if (!changed) return;
  await append(tx, {
    kind: "tenant.installation",
    outcome: "success",
    observer: by.observer,
    initiator: { type: "app", id: `installation-${installation}` },
    target: { type: "tenant", id: tx.tenantId },
    requestId: by.guid,
    body: { installation, state: STATES[said] },
  });
}

/**
 * Last in the transaction that noted an uninstalling: a client without any installation left gets the soft phase, and nothing more. Its
 * log takes no entry after this one. False: it has another installation.
 */
export async function shutUninstalled(
  append: Append,
  tx: TenantTx,
  installation: InstallationId,
  by: { readonly observer: Party; readonly guid: string },
): Promise<boolean> {
  const { left } = await tx.one(
    sql`select count(*)::int as left from platform.own_installations() o
      where o.installation_id not in (select l.installation_id from platform.lost_installations() l where l.state = 'gone')`,
    z.object({ left: z.int() }),
  );
  if (left > 0) return false;
  await append(tx, {
    kind: "tenant.suspend",
    outcome: "success",
    observer: by.observer,
    initiator: { type: "app", id: `installation-${installation}` },
    target: { type: "tenant", id: tx.tenantId },
    requestId: by.guid,
    body: { reason: "The client uninstalled the App. Nothing is erased before somebody orders it.", installation },
  });
  await tx.one(sql`select platform.suspend_uninstalled() as until`, z.object({ until: z.date().nullable() }));
  return true;
}

/** The transaction's own tenant's: nothing is read or written through these. */
export const lostInstallations = (tx: TenantTx): Promise<readonly LostInstallation[]> =>
  tx.many(
    sql`select installation_id, state from platform.lost_installations()`,
    z
      .object({ installation_id: branded(z.int(), installationId), state: z.enum(["suspended", "gone"]) })
      .transform((row): LostInstallation => ({ installation: row.installation_id, state: row.state })),
  );
