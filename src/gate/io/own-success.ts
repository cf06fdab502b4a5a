import sql from "sql-template-tag";
import { z } from "zod";
import { iso } from "#kernel";
import type { CommitSha, Instant, RepositoryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { GateDeps } from "./deps.ts";
import { KEY_IS_OUT, raiseIncident } from "./incidents.ts";
import { publishJob } from "./tasks.ts";

const yes = z.object({ yes: z.boolean() });

/**
 * A success in our name. It is explained by what was written last, or by an intent that is open; what was seen before the last write
 * tells of an earlier one. A success is what somebody would forge: only that is looked for. The check is written again.
 * `seenAt` null: read a moment ago.
 */
export async function alarmSuccess(
  deps: Pick<GateDeps, "append" | "enqueue" | "github">,
  tx: TenantTx,
  repository: RepositoryId,
  sha: CommitSha,
  seenAt: Instant | null,
): Promise<void> {
  const seen = seenAt === null ? sql`clock_timestamp() - interval '1 minute'` : sql`${iso(seenAt)}::timestamptz`;
  const explained = await tx.one(
    sql`select exists (select from gate.check_run where tenant_id = ${tx.tenantId} and repository_id = ${repository} and sha = ${sha}
      and (conclusion = 'success' or published_at >= ${seen} or (open_intent is not null and intent_conclusion = 'success'))) as yes`,
    yes,
  );
  if (explained.yes) return;
  await raiseIncident(deps, tx, {
    repositoryId: repository,
    kind: "unlogged",
    subject: `check:${sha}`,
    number: null,
    detail: `The check run of ${sha} was made to succeed in our App's name, and the log has no intent for it. ${KEY_IS_OUT}`,
  });
  await tx.run(sql`insert into gate.check_run (tenant_id, repository_id, sha, conclusion) values (${tx.tenantId}, ${repository}, ${sha}, 'success')
    on conflict (tenant_id, repository_id, sha) do update set conclusion = 'success', report_digest = null`);
  await deps.enqueue(tx, publishJob(tx.tenantId, repository, sha));
}
