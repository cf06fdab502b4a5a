// Makes the check run of one SHA say what was decided. Idempotent: what it depends on is read again first, the intent is
// in the log before the call and the outcome after it, and a call that GitHub put off is made later, never dropped.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import type { CommitSha, EntryId, Instant, PrNumber, RepositoryId } from "#kernel";
import type { GitHubClient } from "#platform/github";
import type { JobHandler } from "#platform/jobs";
import type { TenantTx } from "#platform/postgres";
import { instantColumn } from "#platform/postgres";
import { sha as shaValue } from "./answers.ts";
import { findOwn, writeCheck } from "./check-runs.ts";
import { entryColumn } from "./columns.ts";
import { reportDigest } from "./commit.ts";
import type { GateDeps } from "./deps.ts";
import { groundOf } from "./evaluate.ts";
import type { Ground } from "./evaluate.ts";
import { databaseNow, findRepository } from "./ledger.ts";
import type { Repository } from "./ledger.ts";
import { limits } from "./limits.ts";
import { split } from "./read-pull.ts";
import { bearing, receiptFor } from "./receipt.ts";
import { orStop } from "./stop.ts";
import { evaluateJob, parsePayload, shaPayload } from "./tasks.ts";
import { groupReport, wantedFor, withGroup, withLines } from "./wanted.ts";
import type { Wanted } from "./wanted.ts";
import { verdictsOn } from "./verdicts.ts";

export function publishHandler(deps: GateDeps): JobHandler {
  return async (payload) => {
    const { tenant, repository: id, sha } = parsePayload(shaPayload, payload);
    const ground = await groundOf(deps, tenant);
    const repository = ground === null ? null : await ground.inTenant((tx) => findRepository(tx, id));
    if (ground === null || repository === null) return;
    await publish(deps, ground, repository, sha);
  };
}

interface Written {
  readonly checkRunId: number | null;
  readonly reportDigest: string | null;
  readonly conclusion: string | null;
  readonly openIntent: EntryId | null;
}

const writtenRow = z
  .object({
    check_run_id: z.int().nullable(),
    report_digest: z.string().nullable(),
    conclusion: z.string().nullable(),
    open_intent: entryColumn.nullable(),
  })
  .transform((row): Written => ({
    checkRunId: row.check_run_id,
    reportDigest: row.report_digest,
    conclusion: row.conclusion,
    openIntent: row.open_intent,
  }));

const NOTHING: Written = { checkRunId: null, reportDigest: null, conclusion: null, openIntent: null };

export async function publish(
  deps: GateDeps,
  { claim, inTenant }: Ground,
  repository: Repository,
  sha: CommitSha,
): Promise<void> {
  const client = deps.github.installation(repository.installation, repository.id, "report");
  const first = await inTenant((tx) => readState(deps, tx, repository.id, sha));
  // Facts of a moment ago are live; anything older, or a write that may have been made already, is looked at again.
  const left =
    first.fresh && first.written.openIntent === null ? [] : await whoLeft(client, repository, sha, first.open);
  if (left.length > 0) {
    await inTenant(async (tx) => {
      for (const number of left)
        await deps.enqueue(tx, evaluateJob(tx.tenantId, repository.id, number, await databaseNow(tx)));
    });
  }
  const { written } = first;
  const here = first.pulls.filter((p) => !left.includes(p.number));
  const own = wantedFor(sha, here, { succeeded: written.conclusion === "success", merged: first.merged });
  const wanted = withLines(withGroup(sha, first.group, own, here.length), first.beside);
  if (wanted === null) return closeIntent(deps, inTenant, repository.id, sha, written);
  if (written.reportDigest === reportDigest(wanted.report) && written.openIntent === null) return;

  const requestId = randomUUID();
  const intent =
    written.openIntent ??
    (await orStop(deps, claim.tenantId, repository, wanted.report, () =>
      inTenant((tx) => openIntent(deps, tx, repository.id, sha, wanted, requestId)),
    ));
  await deps.crash?.("publish:intended");
  const target =
    written.checkRunId ??
    (written.openIntent === null ? null : ((await findOwn(client, repository, sha, deps.github.appId))?.id ?? null));
  const receipt = await receiptFor(deps, claim, { repository: repository.id, sha, intent, wanted });
  const checkRunId = await writeCheck(client, repository, bearing(wanted.report, receipt), target);
  await deps.crash?.("publish:written");
  await inTenant(async (tx) => {
    const closed =
      await tx.run(sql`update gate.check_run set check_run_id = ${checkRunId}, report_digest = ${reportDigest(wanted.report)}, conclusion = ${wanted.report.conclusion},
      open_intent = null, intent_at = null, published_at = clock_timestamp()
      where tenant_id = ${tx.tenantId} and repository_id = ${repository.id} and sha = ${sha} and open_intent = ${intent}`);
    // INVARIANT: one outcome per intent, whoever else may have closed it meanwhile.
    if (closed === 1)
      await outcome(deps, tx, repository.id, sha, intent, requestId, "success", {
        checkRunId,
        conclusion: wanted.report.conclusion,
        factsDigest: wanted.report.external_id,
      });
  });
}

interface State {
  readonly written: Written;
  readonly pulls: Awaited<ReturnType<typeof verdictsOn>>;
  readonly open: readonly PrNumber[];
  readonly group: Wanted | null;
  readonly beside: readonly string[];
  readonly merged: boolean;
  readonly fresh: boolean;
}

async function readState(
  deps: Pick<GateDeps, "beside">,
  tx: TenantTx,
  repository: RepositoryId,
  sha: CommitSha,
): Promise<State> {
  const here = sql`tenant_id = ${tx.tenantId} and repository_id = ${repository}`;
  const written =
    (await tx.maybe(
      sql`select check_run_id, report_digest, conclusion, open_intent from gate.check_run where ${here} and sha = ${sha}`,
      writtenRow,
    )) ?? NOTHING;
  const pulls = await verdictsOn(tx, repository, sha);
  const open = pulls.map((p) => p.number);
  const { merged } = await tx.one(
    sql`select exists (select from gate.pull_request where ${here} and head_sha = ${sha} and state = 'merged') as merged`,
    z.object({ merged: z.boolean() }),
  );
  const now = (await tx.one(sql`select clock_timestamp() as now`, z.object({ now: instantColumn }))).now;
  const young = (at: Instant | null): boolean => at !== null && now - at < limits.fresh;
  return {
    written,
    pulls,
    open,
    beside: (await deps.beside?.(tx, repository, open)) ?? [],
    group: await groupReport(tx, repository, sha),
    merged,
    fresh: pulls.every((p) => young(p.evaluatedAt)),
  };
}

const livePull = z.object({ state: z.string(), head: z.object({ sha: shaValue }) });

/** Pull requests that are not about this SHA any more: their verdict on it is void (G06). */
async function whoLeft(
  client: GitHubClient,
  repository: Repository,
  sha: CommitSha,
  open: readonly PrNumber[],
): Promise<readonly PrNumber[]> {
  const { owner, name } = split(repository.name);
  const left: PrNumber[] = [];
  for (const number of open) {
    const answer = await client.rest(
      "GET /repos/{owner}/{repo}/pulls/{pull_number}",
      { owner, repo: name, pull_number: number },
      [404],
    );
    const live = livePull.safeParse(answer.data);
    if (answer.status !== 404 && !live.success)
      throw new Fault("github_unavailable", `GitHub's answer about pull request #${number} cannot be read.`);
    if (answer.status === 404 || !live.success || live.data.head.sha !== sha || live.data.state !== "open")
      left.push(number);
  }
  return left;
}

async function openIntent(
  deps: GateDeps,
  tx: TenantTx,
  repository: RepositoryId,
  sha: CommitSha,
  wanted: Wanted,
  requestId: string,
): Promise<EntryId> {
  const intent = await deps.append(tx, {
    kind: "gate.publish",
    outcome: "intent",
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: { type: "job", id: "gate.publish" },
    target: { type: "check_run", id: `${repository}@${sha}` },
    requestId,
    body: {
      conclusion: wanted.report.conclusion,
      title: wanted.report.output.title,
      factsDigest: wanted.report.external_id,
      why: wanted.why,
    },
  });
  await tx.run(sql`insert into gate.check_run (tenant_id, repository_id, sha, open_intent, intent_at, intent_conclusion, intent_external_id, intent_report_digest)
    values (${tx.tenantId}, ${repository}, ${sha}, ${intent}, clock_timestamp(), ${wanted.report.conclusion}, ${wanted.report.external_id}, ${reportDigest(wanted.report)})
    on conflict (tenant_id, repository_id, sha) do update set open_intent = excluded.open_intent, intent_at = excluded.intent_at,
      intent_conclusion = excluded.intent_conclusion, intent_external_id = excluded.intent_external_id, intent_report_digest = excluded.intent_report_digest`);
  return intent;
}

/** What was to be written is not wanted any more. */
async function closeIntent(
  deps: GateDeps,
  inTenant: Ground["inTenant"],
  repository: RepositoryId,
  sha: CommitSha,
  { openIntent: intent }: Written,
): Promise<void> {
  if (intent === null) return;
  await inTenant(async (tx) => {
    const closed = await tx.run(sql`update gate.check_run set open_intent = null, intent_at = null, report_digest = null
      where tenant_id = ${tx.tenantId} and repository_id = ${repository} and sha = ${sha} and open_intent = ${intent}`);
    if (closed === 1)
      await outcome(deps, tx, repository, sha, intent, randomUUID(), "not_performed", {
        why: "no open pull request has this head any more",
      });
  });
}

async function outcome(
  deps: GateDeps,
  tx: TenantTx,
  repository: RepositoryId,
  sha: CommitSha,
  intent: EntryId,
  requestId: string,
  result: "success" | "not_performed",
  body: Readonly<Record<string, string | number>>,
): Promise<void> {
  await deps.append(tx, {
    kind: "gate.publish",
    outcome: result,
    intent,
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: { type: "job", id: "gate.publish" },
    target: { type: "check_run", id: `${repository}@${sha}` },
    requestId,
    body,
  });
}
