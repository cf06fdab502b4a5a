// What was told on which pull request.

import sql from "sql-template-tag";
import { z } from "zod";
import {
  entryId,
  prNumber,
  repositoryId,
  commitSha,
  type CommitSha,
  type EntryId,
  type PrNumber,
  type RepositoryId,
} from "#kernel";
import { branded, type TenantTx } from "#platform/postgres";

export interface BoardRow {
  readonly repository: RepositoryId;
  readonly number: PrNumber;
  readonly board: string;
  readonly sha: CommitSha | null;
  readonly checkRun: number | null;
  readonly comment: number | null;
  readonly told: string | null;
  readonly openIntent: EntryId | null;
}

const shape = z
  .object({
    repository_id: branded(z.int(), repositoryId),
    number: branded(z.int(), prNumber),
    board_id: z.string(),
    sha: branded(z.string(), commitSha).nullable(),
    check_run_id: z.int().nullable(),
    comment_id: z.int().nullable(),
    told: z.string().nullable(),
    open_intent: branded(z.string(), entryId).nullable(),
  })
  .transform((row): BoardRow => ({
    repository: row.repository_id,
    number: row.number,
    board: row.board_id,
    sha: row.sha,
    checkRun: row.check_run_id,
    comment: row.comment_id,
    told: row.told,
    openIntent: row.open_intent,
  }));

const COLUMNS = sql`repository_id, number, board_id, sha, check_run_id, comment_id, told, open_intent`;

/** Made where there is none, and held until the transaction ends. */
export async function lockedBoard(tx: TenantTx, repository: RepositoryId, number: PrNumber): Promise<BoardRow> {
  await tx.run(sql`insert into approvals.board (tenant_id, repository_id, number) values (${tx.tenantId}, ${repository}, ${number})
    on conflict (tenant_id, repository_id, number) do nothing`);
  return tx.one(
    sql`select ${COLUMNS} from approvals.board where tenant_id = ${tx.tenantId} and repository_id = ${repository} and number = ${number} for update`,
    shape,
  );
}

export const boardWithIntent = (tx: TenantTx, intent: EntryId): Promise<BoardRow | null> =>
  tx.maybe(
    sql`select ${COLUMNS} from approvals.board where tenant_id = ${tx.tenantId} and open_intent = ${intent}`,
    shape,
  );

export async function openBoard(tx: TenantTx, { repository, number }: BoardRow, intent: EntryId): Promise<void> {
  await tx.run(sql`update approvals.board set open_intent = ${intent}
    where tenant_id = ${tx.tenantId} and repository_id = ${repository} and number = ${number}`);
}

export interface Told {
  readonly sha: CommitSha;
  readonly checkRun: number | null;
  readonly comment: number | null;
  readonly told: string;
}

/** false: somebody else wrote the outcome of this intent. */
export const closeBoard = async (
  tx: TenantTx,
  { repository, number }: BoardRow,
  intent: EntryId,
  { sha, checkRun, comment, told }: Told,
): Promise<boolean> =>
  (await tx.run(sql`update approvals.board set sha = ${sha}, check_run_id = ${checkRun}, comment_id = ${comment}, told = ${told},
      open_intent = null, told_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and repository_id = ${repository} and number = ${number} and open_intent = ${intent}`)) ===
  1;

const pullRow = z.object({ repository_id: branded(z.int(), repositoryId), number: branded(z.int(), prNumber) });

/** Pull requests on which somebody still waits, or where the last end was not told. */
export const untold = (
  tx: TenantTx,
): Promise<readonly { readonly repository: RepositoryId; readonly number: PrNumber }[]> =>
  tx.many(
    sql`select distinct a.repository_id, a.number from approvals.approval a
      left join approvals.board b on b.tenant_id = a.tenant_id and b.repository_id = a.repository_id and b.number = a.number
      where a.tenant_id = ${tx.tenantId} and a.repository_id is not null
        and (a.state = 'pending' or a.ended_at > coalesce(b.told_at, '-infinity'))`,
    pullRow.transform(({ repository_id: repository, number }) => ({ repository, number })),
  );
