// Merges that the doer asked for, seen from the supervisor, whose merge gate does them.

import sql from "sql-template-tag";
import { z } from "zod";
import {
  callId,
  commitSha,
  prNumber,
  repositoryId,
  type CallId,
  type CommitSha,
  type PrNumber,
  type RepositoryId,
} from "#kernel";
import { branded, type TenantTx } from "#platform/postgres";

export interface WaitingMerge {
  readonly call: CallId;
  readonly repository: RepositoryId;
  readonly number: PrNumber;
  readonly head: CommitSha;
  /** null: the gate was not asked yet. */
  readonly attempt: string | null;
}

const row = z
  .object({
    call_id: branded(z.string(), callId),
    repository_id: branded(z.number(), repositoryId),
    number: branded(z.number(), prNumber),
    head_sha: branded(z.string(), commitSha),
    attempt: z.string().nullable(),
  })
  .transform(({ call_id: call, repository_id: repository, head_sha: head, number, attempt }): WaitingMerge => ({
    call,
    repository,
    number,
    head,
    attempt,
  }));

/** Those whose execution is under way. What nobody waits for any more is not begun. */
export const mergesWaiting = (tx: TenantTx): Promise<readonly WaitingMerge[]> =>
  tx.many(
    sql`select m.call_id, m.repository_id, m.number, m.head_sha, m.attempt from doer.merge m
      join doer.execution e on e.tenant_id = m.tenant_id and e.call_id = m.call_id
      where m.tenant_id = ${tx.tenantId} and m.outcome is null and (m.attempt is not null or e.kind is null) order by m.asked_at`,
    row,
  );

export const noteAttempt = async (tx: TenantTx, call: CallId, attempt: string): Promise<void> =>
  void (await tx.run(
    sql`update doer.merge set attempt = ${attempt} where tenant_id = ${tx.tenantId} and call_id = ${call} and outcome is null`,
  ));

export const answerMerge = async (
  tx: TenantTx,
  call: CallId,
  {
    outcome,
    mergeSha,
    why,
  }: { readonly outcome: string; readonly mergeSha: string | null; readonly why: string | null },
): Promise<void> =>
  void (await tx.run(sql`update doer.merge set outcome = ${outcome}, merge_sha = ${mergeSha}, why = ${why}
    where tenant_id = ${tx.tenantId} and call_id = ${call} and outcome is null`));
