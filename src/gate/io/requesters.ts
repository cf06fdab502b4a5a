import sql from "sql-template-tag";
import type { PrNumber, RepositoryId, UserId } from "#kernel";
import type { TenantTx } from "#platform/postgres";

export interface RequesterRecord {
  readonly repositoryId: RepositoryId;
  readonly number: PrNumber;
  /** null: only the login is known. */
  readonly userId: UserId | null;
  readonly login: string;
  readonly source: "issue" | "assignment" | "command" | "operator";
}

/** On whose behalf a pull request exists: that person's approval does not count (C07). Recorded once, never taken back. */
export async function recordRequester(tx: TenantTx, given: RequesterRecord): Promise<void> {
  await tx.run(sql`insert into gate.requester (tenant_id, repository_id, number, user_id, login, source)
    values (${tx.tenantId}, ${given.repositoryId}, ${given.number}, ${given.userId}, ${given.login}, ${given.source})
    on conflict do nothing`);
}
