// Merges that the doer asked for, seen from the supervisor, whose merge gate does them.

import sql from "sql-template-tag";
import { z } from "zod";
import {
  agentId,
  callId,
  commitSha,
  prNumber,
  repositoryId,
  type AgentId,
  type CallId,
  type CommitSha,
  type PrNumber,
  type RepositoryId,
} from "#kernel";
import { branded, type TenantTx } from "#platform/postgres";

export interface WaitingMerge {
  readonly call: CallId;
  /** Whose call it is, by the gateway's own row. null: it executes no merge of that repository under that id. */
  readonly agent: AgentId | null;
  readonly repository: RepositoryId;
  readonly number: PrNumber;
  readonly head: CommitSha;
  /** null: the gate was not asked yet. */
  readonly attempt: string | null;
}

const row = z
  .object({
    call_id: branded(z.string(), callId),
    agent_id: branded(z.string(), agentId).nullable(),
    repository_id: branded(z.number(), repositoryId),
    number: branded(z.number(), prNumber),
    head_sha: branded(z.string(), commitSha),
    attempt: z.string().nullable(),
  })
  .transform(
    ({ call_id: call, agent_id: agent, repository_id: repository, head_sha: head, number, attempt }): WaitingMerge => ({
      call,
      agent,
      repository,
      number,
      head,
      attempt,
    }),
  );

/**
 * Those whose execution is under way. What nobody waits for any more is not begun.
 * INVARIANT: the doer's login alone merges nothing: the gateway has to be at that call, and it has to be a merge there.
 */
export const mergesWaiting = (tx: TenantTx): Promise<readonly WaitingMerge[]> =>
  tx.many(
    sql`select m.call_id, c.agent_id, m.repository_id, m.number, m.head_sha, m.attempt from doer.merge m
      join doer.execution e on e.tenant_id = m.tenant_id and e.call_id = m.call_id
      left join gateway.call c on c.tenant_id = m.tenant_id and c.call_id = m.call_id
        and c.state = 'executing' and c.tool = 'pr.merge' and c.repository_id = m.repository_id
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
