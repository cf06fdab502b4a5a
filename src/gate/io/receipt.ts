// The receipt in a check run: of the entry that records the verdict, and of the facts it was decided on.

import sql from "sql-template-tag";
import { z } from "zod";
import { withReceipt } from "#audit";
import { readReceipt } from "#audit/io";
import type { CommitSha, EntryId, RepositoryId } from "#kernel";
import type { TenantClaim } from "#platform/postgres";
import type { CheckReport } from "../report.ts";
import { entryColumn } from "./columns.ts";
import type { GateDeps } from "./deps.ts";
import type { Wanted } from "./wanted.ts";

interface About {
  readonly repository: RepositoryId;
  readonly sha: CommitSha;
  /** To publish. What is no decision (a commit that is nobody's head any more) has the receipt of this. */
  readonly intent: EntryId;
  readonly wanted: Wanted;
}

const keptRow = z.object({ receipt: z.string().nullable(), receipt_entry: entryColumn.nullable() });

/**
 * INVARIANT: a receipt is made once for an entry and stays, and it is no part of what a report is compared by: a log that grows is
 * never a reason to publish again.
 */
export async function receiptFor(
  deps: Pick<GateDeps, "database" | "sequenced">,
  claim: TenantClaim,
  { repository, sha, intent, wanted }: About,
): Promise<string | null> {
  const entry = wanted.entry ?? intent;
  const kept = await deps.database.withTenant(claim, (tx) =>
    tx.maybe(
      sql`select receipt, receipt_entry from gate.check_run where tenant_id = ${tx.tenantId} and repository_id = ${repository} and sha = ${sha}`,
      keptRow,
    ),
  );
  if (kept !== null && kept.receipt_entry === entry) return kept.receipt;
  // A stop does not wait for its receipt to become complete.
  if (wanted.report.conclusion === "success") await deps.sequenced(claim, entry);
  return deps.database.withTenant(claim, async (tx) => {
    const receipt = await readReceipt(tx, entry, wanted.report.external_id);
    await tx.run(sql`update gate.check_run set receipt = ${receipt}, receipt_entry = ${entry}
      where tenant_id = ${tx.tenantId} and repository_id = ${repository} and sha = ${sha}`);
    return receipt;
  });
}

export const bearing = (report: CheckReport, receipt: string | null): CheckReport => ({
  ...report,
  output: { ...report.output, summary: withReceipt(report.output.summary, receipt) },
});
