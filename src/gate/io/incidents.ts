// Alarms: something reached a production branch, or the gate's ground, by another way. Kept until a human closes them.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { PrNumber, RepositoryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { GateDeps } from "./deps.ts";

export type IncidentKind =
  | "merged_around"
  | "direct_push"
  | "merge_mismatch"
  | "history_rewritten"
  | "unprotected"
  | "check_spoofed"
  | "unlogged";

/** What to do about an act of ours that we do not know of. */
export const KEY_IS_OUT = "Revoke the App's private keys on GitHub, make a new one, and find out who used it.";

export interface Incident {
  readonly repositoryId: RepositoryId;
  readonly kind: IncidentKind;
  /** What it is about, so that one thing seen twice is one incident. */
  readonly subject: string;
  readonly number: PrNumber | null;
  readonly detail: string;
}

/** The new incident's id, or null when it is open already. */
export async function raiseIncident(
  deps: Pick<GateDeps, "append" | "github">,
  tx: TenantTx,
  incident: Incident,
): Promise<string | null> {
  const row = await tx.maybe(
    sql`insert into gate.incident (tenant_id, repository_id, kind, subject, number, detail)
      values (${tx.tenantId}, ${incident.repositoryId}, ${incident.kind}, ${incident.subject}, ${incident.number}, ${incident.detail})
      on conflict do nothing returning incident_id`,
    z.object({ incident_id: z.string() }),
  );
  if (row === null) return null;
  await deps.append(tx, {
    kind: "gate.incident",
    outcome: "unknown",
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: { type: "job", id: "gate.watch" },
    target: { type: "repository", id: String(incident.repositoryId) },
    requestId: randomUUID(),
    body: {
      incident: row.incident_id,
      kind: incident.kind,
      subject: incident.subject,
      number: incident.number,
      detail: incident.detail,
    },
  });
  return row.incident_id;
}

/** What it was about is right again (a ruleset restored); what landed is never undone by this. */
export async function closeIncident(
  tx: TenantTx,
  repositoryId: RepositoryId,
  kind: IncidentKind,
  subject: string,
): Promise<void> {
  await tx.run(sql`update gate.incident set closed_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and repository_id = ${repositoryId} and kind = ${kind} and subject = ${subject} and closed_at is null`);
}
