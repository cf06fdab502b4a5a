// Alarms: something reached a production branch, or the gate's ground, by another way. Kept until a human closes them.

import sql from "sql-template-tag";
import { z } from "zod";
import type { PrNumber, RepositoryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";

export type IncidentKind = "merged_around" | "direct_push" | "merge_mismatch" | "history_rewritten" | "unprotected" | "check_spoofed";

export interface Incident {
  readonly repositoryId: RepositoryId;
  readonly kind: IncidentKind;
  /** What it is about, so that one thing seen twice is one incident. */
  readonly subject: string;
  readonly number: PrNumber | null;
  readonly detail: string;
}

/** The new incident's id, or null when it is open already. */
export async function raiseIncident(tx: TenantTx, incident: Incident): Promise<string | null> {
  const row = await tx.maybe(
    sql`insert into gate.incident (tenant_id, repository_id, kind, subject, number, detail)
      values (${tx.tenantId}, ${incident.repositoryId}, ${incident.kind}, ${incident.subject}, ${incident.number}, ${incident.detail})
      on conflict do nothing returning incident_id`,
    z.object({ incident_id: z.string() }),
  );
  return row?.incident_id ?? null;
}
