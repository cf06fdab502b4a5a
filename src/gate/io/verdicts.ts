// Stored verdicts: what was decided last about a pull request, and what its check run says.

import sql from "sql-template-tag";
import { z } from "zod";
import type { BranchName, CommitSha, Digest, EntryId, Instant, PrNumber, RepositoryId } from "#kernel";
import { commitSha, digest } from "#kernel";
import { branded, instantColumn } from "#platform/postgres";
import type { TenantTx } from "#platform/postgres";
import type { CheckReport } from "../report.ts";
import type { Decision, Verdict } from "../verdict.ts";
import { branchColumn, entryColumn, numberColumn, shaColumn } from "./columns.ts";

export interface StoredVerdict {
  readonly id: string;
  readonly number: PrNumber;
  readonly headSha: CommitSha;
  readonly baseRef: BranchName;
  readonly decision: Decision;
  readonly factsDigest: Digest;
  /** The entry that records it; null: decided before receipts were kept. */
  readonly entry: EntryId | null;
  readonly report: CheckReport;
  readonly decidedAt: Instant;
}

/** Our own column, but parsed like any other: a newer program may have written it. */
export const reportShape: z.ZodType<CheckReport> = z.object({
  name: z.literal("countersign"),
  head_sha: branded(z.string(), commitSha),
  external_id: branded(z.string(), digest),
  status: z.literal("completed"),
  conclusion: z.enum(["success", "failure", "action_required"]),
  output: z.object({
    title: z.string(),
    summary: z.string(),
    annotations: z.array(
      z.object({
        path: z.string(),
        start_line: z.int(),
        end_line: z.int(),
        annotation_level: z.enum(["failure", "warning"]),
        message: z.string(),
      }),
    ),
  }),
  actions: z.array(z.object({ label: z.string(), description: z.string(), identifier: z.string() })),
});

export const reportColumn = z
  .string()
  .transform((text, ctx): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      ctx.addIssue({ code: "custom", message: "no JSON" });
      return z.NEVER;
    }
  })
  .pipe(reportShape);

const verdictRow = z
  .object({
    verdict_id: z.string(),
    number: numberColumn,
    head_sha: shaColumn,
    base_ref: branchColumn,
    decision: z.enum(["pass", "fail", "error"]),
    facts_digest: branded(z.string(), digest),
    entry_id: entryColumn.nullable(),
    report: reportColumn,
    decided_at: instantColumn,
  })
  .transform((row): StoredVerdict => ({
    id: row.verdict_id,
    number: row.number,
    headSha: row.head_sha,
    baseRef: row.base_ref,
    decision: row.decision,
    factsDigest: row.facts_digest,
    entry: row.entry_id,
    report: row.report,
    decidedAt: row.decided_at,
  }));

export async function lastVerdict(
  tx: TenantTx,
  repository: RepositoryId,
  number: PrNumber,
): Promise<StoredVerdict | null> {
  return tx.maybe(
    sql`select v.verdict_id, v.number, v.head_sha, v.base_ref, v.decision, v.facts_digest, v.entry_id, v.report, v.decided_at
      from gate.pull_request p join gate.verdict v on v.tenant_id = p.tenant_id and v.verdict_id = p.verdict_id
      where p.tenant_id = ${tx.tenantId} and p.repository_id = ${repository} and p.number = ${number}`,
    verdictRow,
  );
}

export async function storedReport(
  tx: TenantTx,
  repository: RepositoryId,
  number: PrNumber,
): Promise<CheckReport | null> {
  return (await lastVerdict(tx, repository, number))?.report ?? null;
}

/** Of open pull requests with this head; those without a verdict on it are listed with null. */
export async function verdictsOn(
  tx: TenantTx,
  repository: RepositoryId,
  sha: CommitSha,
): Promise<
  readonly { readonly number: PrNumber; readonly verdict: StoredVerdict | null; readonly evaluatedAt: Instant | null }[]
> {
  const numbers = await tx.many(
    sql`select number, evaluated_at from gate.pull_request
      where tenant_id = ${tx.tenantId} and repository_id = ${repository} and head_sha = ${sha} and state = 'open' order by number`,
    z.object({ number: numberColumn, evaluated_at: instantColumn.nullable() }),
  );
  const found = [];
  for (const row of numbers) {
    const verdict = await lastVerdict(tx, repository, row.number);
    found.push({
      number: row.number,
      verdict: verdict?.headSha === sha ? verdict : null,
      evaluatedAt: row.evaluated_at,
    });
  }
  return found;
}

export async function insertVerdict(
  tx: TenantTx,
  repository: RepositoryId,
  verdict: Verdict,
  factsDigest: Digest,
  report: CheckReport,
  entry: EntryId,
): Promise<string> {
  const row = await tx.one(
    sql`insert into gate.verdict (tenant_id, repository_id, number, head_sha, base_ref, decision, reasons, facts_digest, report, entry_id)
      values (${tx.tenantId}, ${repository}, ${verdict.number}, ${verdict.headSha}, ${verdict.baseRef}, ${verdict.decision}, ${[...verdict.reasons]}, ${factsDigest}, ${JSON.stringify(report)}, ${entry})
      returning verdict_id`,
    z.object({ verdict_id: z.string() }),
  );
  return row.verdict_id;
}
