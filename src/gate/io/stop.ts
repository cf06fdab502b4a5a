// Making a check fail while the log or the database takes nothing: the one act that is allowed then. Its intent and outcome wait in
// the spool; the job that could not write its state is tried again, and puts everything in order.

import { randomUUID } from "node:crypto";
import type { NewEntry } from "#audit";
import { Fault } from "#kernel";
import type { TenantId } from "#kernel";
import type { CheckReport } from "../report.ts";
import { findOwn, writeCheck } from "./check-runs.ts";
import type { GateDeps } from "./deps.ts";
import type { Repository } from "./ledger.ts";

/**
 * Runs `commit`. When that fails and the report does not let anything pass, GitHub is told all the same, and then it still fails.
 * INVARIANT: a success is never written without its intent in the log.
 */
export async function orStop<T>(
  deps: GateDeps,
  tenant: TenantId,
  repository: Repository,
  report: CheckReport,
  commit: () => Promise<T>,
): Promise<T> {
  try {
    return await commit();
  } catch (error) {
    if (error instanceof Fault && report.conclusion !== "success") await stopNow(deps, tenant, repository, report);
    throw error;
  }
}

async function stopNow(deps: GateDeps, tenant: TenantId, repository: Repository, report: CheckReport): Promise<void> {
  const client = deps.github.installation(repository.installation, repository.id, "report");
  const shown = await findOwn(client, repository, report.head_sha, deps.github.appId);
  // A job that is tried again and again writes once, and what passes nothing needs no stop.
  if (shown !== null && shown.conclusion !== "success") return;
  const entry = {
    kind: "gate.publish",
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: { type: "job", id: "gate.publish" },
    target: { type: "check_run", id: `${repository.id}@${report.head_sha}` },
    requestId: randomUUID(),
  } as const satisfies Partial<NewEntry>;
  const { conclusion, external_id: factsDigest } = report;
  const intent = await deps.spool(tenant, {
    ...entry,
    outcome: "intent",
    body: { conclusion, factsDigest, title: report.output.title, why: "stop" },
  });
  const checkRunId = await writeCheck(client, repository, report, shown?.id ?? null);
  await deps.spool(tenant, { ...entry, outcome: "success", intent, body: { checkRunId, conclusion, factsDigest } });
}
