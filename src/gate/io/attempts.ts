// One merge that somebody asked for, from request to its one outcome.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Party } from "#audit";
import type { BranchName, CommitSha, EntryId, Instant, Json, PrNumber, RepositoryId } from "#kernel";
import { instantColumn } from "#platform/postgres";
import type { TenantTx } from "#platform/postgres";
import type { OwnMerge } from "../merged.ts";
import { branchColumn, entryColumn, numberColumn, repositoryColumn, shaColumn } from "./columns.ts";
import { pullParty } from "./commit.ts";
import type { GateDeps } from "./deps.ts";
import { databaseNow } from "./ledger.ts";
import { evaluateJob, watchJob } from "./tasks.ts";

export interface Attempt {
  readonly id: string;
  readonly repositoryId: RepositoryId;
  readonly number: PrNumber;
  readonly requestedBy: Party;
  readonly state: "requested" | "intended" | "calling" | "done";
  readonly outcome: MergeOutcome | null;
  readonly intent: EntryId | null;
  readonly headSha: CommitSha | null;
  /** The only commit that it may merge; null: whatever is the head, when it is approved. */
  readonly wantedHead: CommitSha | null;
  readonly baseRef: BranchName | null;
  readonly method: OwnMerge["method"] | null;
  readonly mergeSha: CommitSha | null;
  readonly changedAt: Instant;
}

export type MergeOutcome = "success" | "failure" | "refused" | "recovered" | "not_performed";

const partyTypes = z.enum([
  "app",
  "human",
  "agent",
  "operator",
  "job",
  "repository",
  "pull_request",
  "check_run",
  "branch",
  "tenant",
  "delivery",
]);
const attemptRow = z
  .object({
    merge_attempt_id: z.string(),
    repository_id: repositoryColumn,
    number: numberColumn,
    requested_type: partyTypes,
    requested_id: z.string(),
    state: z.enum(["requested", "intended", "calling", "done"]),
    outcome: z.enum(["success", "failure", "refused", "recovered", "not_performed"]).nullable(),
    intent: entryColumn.nullable(),
    head_sha: shaColumn.nullable(),
    wanted_head: shaColumn.nullable(),
    base_ref: branchColumn.nullable(),
    merge_sha: shaColumn.nullable(),
    method: z.enum(["merge", "squash", "rebase", "queue"]).nullable(),
    changed_at: instantColumn,
  })
  .transform((row): Attempt => ({
    id: row.merge_attempt_id,
    repositoryId: row.repository_id,
    number: row.number,
    requestedBy: { type: row.requested_type, id: row.requested_id },
    state: row.state,
    outcome: row.outcome,
    intent: row.intent,
    headSha: row.head_sha,
    wantedHead: row.wanted_head,
    baseRef: row.base_ref,
    method: row.method,
    mergeSha: row.merge_sha,
    changedAt: row.changed_at,
  }));

const COLUMNS = sql`merge_attempt_id, repository_id, number, requested_type, requested_id, state, outcome, intent, head_sha, wanted_head, base_ref, merge_sha, method, changed_at`;

export async function findAttempt(tx: TenantTx, id: string): Promise<Attempt | null> {
  return tx.maybe(
    sql`select ${COLUMNS} from gate.merge_attempt where tenant_id = ${tx.tenantId} and merge_attempt_id = ${id}`,
    attemptRow,
  );
}

export async function attemptOf(tx: TenantTx, intent: EntryId): Promise<Attempt | null> {
  return tx.maybe(
    sql`select ${COLUMNS} from gate.merge_attempt where tenant_id = ${tx.tenantId} and intent = ${intent}`,
    attemptRow,
  );
}

/** Asked for, and never begun for so long that its job is gone. */
export async function forgottenRequests(
  tx: TenantTx,
  repository: RepositoryId,
  ageMs: number,
): Promise<readonly Attempt[]> {
  return tx.many(
    sql`select ${COLUMNS} from gate.merge_attempt where tenant_id = ${tx.tenantId} and repository_id = ${repository} and state = 'requested'
      and changed_at < clock_timestamp() - ${ageMs} * interval '1 millisecond' order by merge_attempt_id`,
    attemptRow,
  );
}

/** Our merge of this pull request, when we made one. */
export async function mergedByUs(tx: TenantTx, repository: RepositoryId, number: PrNumber): Promise<Attempt | null> {
  const found = await tx.many(
    sql`select ${COLUMNS} from gate.merge_attempt where tenant_id = ${tx.tenantId} and repository_id = ${repository} and number = ${number}
      and outcome in ('success', 'recovered') order by merge_attempt_id desc limit 1`,
    attemptRow,
  );
  return found[0] ?? null;
}

/** A merge call of ours may have been made, and its outcome is not written yet. */
export async function isCalling(tx: TenantTx, repository: RepositoryId, number: PrNumber): Promise<boolean> {
  const row = await tx.one(
    sql`select exists (select from gate.merge_attempt where tenant_id = ${tx.tenantId} and repository_id = ${repository} and number = ${number} and state = 'calling') as calling`,
    z.object({ calling: z.boolean() }),
  );
  return row.calling;
}

/** The intent, in the log before anything is asked of GitHub. A retried job keeps the one that is there. */
export async function intend(deps: GateDeps, tx: TenantTx, attempt: Attempt, requestId: string): Promise<EntryId> {
  if (attempt.intent !== null) return attempt.intent;
  const intent = await deps.append(tx, {
    kind: "gate.merge",
    outcome: "intent",
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: attempt.requestedBy,
    target: pullParty(attempt.repositoryId, attempt.number),
    requestId,
    body: { attempt: attempt.id },
  });
  await tx.run(sql`update gate.merge_attempt set state = 'intended', intent = ${intent}, changed_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and merge_attempt_id = ${attempt.id}`);
  return intent;
}

/** From here on the call may have been made. */
export async function aboutToCall(
  tx: TenantTx,
  attempt: Attempt,
  head: CommitSha,
  base: BranchName,
  method: OwnMerge["method"],
): Promise<void> {
  await tx.run(sql`update gate.merge_attempt set state = 'calling', head_sha = ${head}, base_ref = ${base}, method = ${method}, tries = tries + 1, changed_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and merge_attempt_id = ${attempt.id}`);
}

export interface Ending {
  readonly outcome: MergeOutcome;
  readonly mergeSha: CommitSha | null;
  readonly body: Json;
}

/** INVARIANT: the outcome is written by whoever moves the attempt to `done`, in the same transaction, so there is exactly one. */
export async function finish(
  deps: GateDeps,
  tx: TenantTx,
  attempt: Attempt,
  intent: EntryId,
  ending: Ending,
  requestId: string,
): Promise<boolean> {
  if (!(await moveToDone(deps, tx, attempt, ending))) return false;
  await deps.append(tx, {
    kind: "gate.merge",
    outcome: ending.outcome,
    intent,
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: attempt.requestedBy,
    target: pullParty(attempt.repositoryId, attempt.number),
    requestId,
    body: ending.body,
  });
  return true;
}

/** false: somebody else did. Whoever does writes the outcome. */
export async function moveToDone(
  deps: Pick<GateDeps, "enqueue">,
  tx: TenantTx,
  attempt: Attempt,
  ending: Pick<Ending, "outcome" | "mergeSha">,
): Promise<boolean> {
  const moved =
    await tx.run(sql`update gate.merge_attempt set state = 'done', outcome = ${ending.outcome}, merge_sha = ${ending.mergeSha}, changed_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and merge_attempt_id = ${attempt.id} and state <> 'done'`);
  if (moved !== 1) return false;
  await deps.enqueue(tx, evaluateJob(tx.tenantId, attempt.repositoryId, attempt.number, await databaseNow(tx)));
  if (attempt.headSha !== null || ending.mergeSha !== null)
    await deps.enqueue(tx, watchJob(tx.tenantId, attempt.repositoryId));
  return true;
}
