// GitHub's merge queue: who is in it, and putting somebody in.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import type { BranchName, CommitSha, PrNumber, RepositoryId } from "#kernel";
import type { GitHubClient } from "#platform/github";
import type { TenantTx } from "#platform/postgres";
import { number, sha } from "./answers.ts";
import { shaColumn } from "./columns.ts";
import type { GateDeps } from "./deps.ts";
import type { Repository } from "./ledger.ts";
import { ENQUEUE_MUTATION, QUEUE_QUERY } from "./queries.ts";
import { split } from "./read-pull.ts";

const oid = z.object({ oid: sha }).nullable();
const entry = z.object({
  position: z.int(),
  headCommit: oid,
  baseCommit: oid,
  pullRequest: z.object({ number, headRefOid: sha }).nullable(),
});
const answer = z.object({
  repository: z.object({
    mergeQueue: z
      .object({ entries: z.object({ pageInfo: z.object({ hasNextPage: z.boolean() }), nodes: z.array(entry) }) })
      .nullable(),
  }),
});

/** Commits of merge groups whose success may still let GitHub merge them: a queue keeps none for a day. */
export async function allowedGroups(
  tx: TenantTx,
  repository: RepositoryId,
  base: BranchName,
): Promise<readonly CommitSha[]> {
  const rows = await tx.many(
    sql`select sha from gate.merge_group where tenant_id = ${tx.tenantId} and repository_id = ${repository} and base_ref = ${base}
      and decision = 'pass' and seen_at > clock_timestamp() - interval '1 day' order by sha`,
    z.object({ sha: shaColumn }),
  );
  return rows.map((row) => row.sha);
}

export interface Queued {
  readonly position: number;
  readonly groupSha: CommitSha | null;
  readonly number: PrNumber | null;
  readonly headSha: CommitSha | null;
}

/** null: the branch has no merge queue. */
export async function readQueue(
  client: GitHubClient,
  repository: Repository,
  branch: BranchName,
): Promise<{ readonly whole: boolean; readonly entries: readonly Queued[] } | null> {
  const found = await client.graphql(QUEUE_QUERY, { ...split(repository.name), branch });
  const parsed = answer.safeParse(found.data);
  if (!parsed.success || found.errors.length > 0)
    throw new Fault("github_unavailable", "GitHub's answer about the merge queue cannot be read.");
  const queue = parsed.data.repository.mergeQueue;
  if (queue === null) return null;
  const entries = queue.entries.nodes.map((e): Queued => ({
    position: e.position,
    groupSha: e.headCommit?.oid ?? null,
    number: e.pullRequest?.number ?? null,
    headSha: e.pullRequest?.headRefOid ?? null,
  }));
  return { whole: !queue.entries.pageInfo.hasNextPage, entries: entries.toSorted((a, b) => a.position - b.position) };
}

/** An App that may not read queues merges directly: where a queue is required, GitHub itself refuses that (405). */
export async function hasQueue(
  deps: Pick<GateDeps, "github">,
  repository: Repository,
  branch: BranchName,
): Promise<boolean> {
  const client = deps.github.installation(repository.installation, repository.id, "queue");
  try {
    return (await readQueue(client, repository, branch)) !== null;
  } catch (error) {
    if (error instanceof Fault && error.code === "github_refused") return false;
    throw error;
  }
}

/** null: it is in the queue; otherwise why not. GitHub takes it out again when its head moves. */
export async function enqueueInQueue(
  client: GitHubClient,
  pullRequestId: string,
  head: CommitSha,
): Promise<string | null> {
  const { data, errors } = await client.graphql(ENQUEUE_MUTATION, { id: pullRequestId, oid: head });
  if (errors.length > 0)
    return errors
      .map((e) => e.message)
      .join("; ")
      .slice(0, 300);
  const made = z
    .object({ enqueuePullRequest: z.object({ mergeQueueEntry: z.object({ id: z.string() }).nullable() }).nullable() })
    .safeParse(data);
  return made.success && made.data.enqueuePullRequest?.mergeQueueEntry
    ? null
    : "GitHub did not put it into the merge queue";
}
