// One transaction: what was seen, the verdict, its audit entry and the job that publishes it. All of it or none.

import sql from "sql-template-tag";
import type { Party } from "#audit";
import { iso } from "#kernel";
import type { CommitSha, Digest, Json, PrNumber, RepositoryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Facts } from "../facts.ts";
import { record, toRecord } from "../record.ts";
import { report } from "../report.ts";
import type { CheckReport } from "../report.ts";
import type { Verdict } from "../verdict.ts";
import type { GateDeps } from "./deps.ts";
import { digestOf } from "./digest.ts";
import { raiseIncident } from "./incidents.ts";
import { databaseNow } from "./ledger.ts";
import type { Loaded } from "./load.ts";
import { recordContribution, recordPullRequest, recordReview, recordSighting } from "./observe.ts";
import { allowedGroups } from "./merge-queue.ts";
import { alarmSuccess } from "./own-success.ts";
import { evaluateJob, groupJob, publishJob } from "./tasks.ts";
import { insertVerdict, lastVerdict } from "./verdicts.ts";
import type { StoredVerdict } from "./verdicts.ts";
import type { OwnCheck } from "./translate.ts";

export interface Decided {
  readonly repositoryId: RepositoryId;
  readonly loaded: Loaded;
  readonly verdict: Verdict;
  readonly requestId: string;
}

export const pullParty = (repository: RepositoryId, number: PrNumber): Party => ({
  type: "pull_request",
  id: `${repository}#${number}`,
});

/** Without the clocks: the same facts read a minute later have the same digest. */
export function factsDigest(facts: Facts): Digest {
  return digestOf(timeless(toRecord(facts)));
}

function timeless(value: Json): Json {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "now")
      .map(([key, item]) => [key, timeless(item)]),
  );
}

/** What a reader would see; the digest in it may change without that. */
export function saysTheSame(a: CheckReport, b: CheckReport): boolean {
  return reportDigest(a) === reportDigest(b);
}

export function reportDigest({ external_id: _, ...shown }: CheckReport): Digest {
  return digestOf(toRecordJson(shown));
}

function toRecordJson(value: Omit<CheckReport, "external_id">): Json {
  const { output, actions, ...rest } = value;
  return {
    ...rest,
    output: { ...output, annotations: output.annotations.map((a) => ({ ...a })) },
    actions: actions.map((a) => ({ ...a })),
  };
}

export async function commitVerdict(
  deps: Pick<GateDeps, "append" | "enqueue" | "github">,
  tx: TenantTx,
  { repositoryId, loaded, verdict, requestId }: Decided,
): Promise<void> {
  const { facts, seen } = loaded;
  const { number } = verdict;
  await recordPullRequest(tx, repositoryId, number);
  await tx.run(
    sql`select from gate.pull_request where tenant_id = ${tx.tenantId} and repository_id = ${repositoryId} and number = ${number} for update`,
  );
  for (const sighting of seen.sightings) await recordSighting(tx, repositoryId, number, sighting);
  for (const review of seen.reviews) await recordReview(tx, repositoryId, number, review);
  for (const contribution of seen.contributions) await recordContribution(tx, repositoryId, number, contribution);

  const digest = factsDigest(facts);
  const said = report(verdict, digest);
  const before = await lastVerdict(tx, repositoryId, number);
  const changed =
    before === null ||
    before.headSha !== verdict.headSha ||
    before.decision !== verdict.decision ||
    !saysTheSame(before.report, said);
  const entry = await deps.append(tx, {
    kind: "gate.verdict",
    outcome: verdict.decision === "pass" ? "success" : verdict.decision === "fail" ? "refused" : "unknown",
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: { type: "job", id: "gate.evaluate" },
    target: pullParty(repositoryId, number),
    requestId,
    body: changed
      ? { factsDigest: digest, record: record(facts, verdict) }
      : { factsDigest: digest, unchangedSince: before.id },
  });
  const id = changed ? await insertVerdict(tx, repositoryId, verdict, digest, said, entry) : before.id;
  const state = facts.pullRequest.merged ? "merged" : facts.pullRequest.state;
  await tx.run(sql`update gate.pull_request set state = ${state}, head_sha = ${verdict.headSha}, base_ref = ${verdict.baseRef},
    updated_mark = ${iso(loaded.updatedAt)}, verdict_id = ${id}, evaluated_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and repository_id = ${repositoryId} and number = ${number}`);
  if (loaded.ownCheck?.conclusion === "success") await alarmSuccess(deps, tx, repositoryId, verdict.headSha, null);
  if (loaded.ownCheck !== null) await rememberCheck(tx, repositoryId, verdict.headSha, loaded.ownCheck, said);
  await alarmSpoof(deps, tx, repositoryId, loaded);
  await enqueueConsequences(deps, tx, repositoryId, { before, verdict, changed, loaded });
}

/** Where GitHub shows another conclusion than ours, a write was lost or undone: what was written last then counts for nothing. */
async function rememberCheck(
  tx: TenantTx,
  repository: RepositoryId,
  sha: CommitSha,
  shown: OwnCheck,
  said: CheckReport,
): Promise<void> {
  await tx.run(sql`insert into gate.check_run (tenant_id, repository_id, sha, check_run_id) values (${tx.tenantId}, ${repository}, ${sha}, ${shown.id})
    on conflict (tenant_id, repository_id, sha) do update set check_run_id = coalesce(gate.check_run.check_run_id, excluded.check_run_id),
      report_digest = case when ${shown.conclusion === said.conclusion} then gate.check_run.report_digest end`);
}

async function alarmSpoof(
  deps: Pick<GateDeps, "append" | "github">,
  tx: TenantTx,
  repositoryId: RepositoryId,
  { facts }: Loaded,
): Promise<void> {
  for (const check of facts.foreignChecks.items) {
    await raiseIncident(deps, tx, {
      repositoryId,
      kind: "check_spoofed",
      subject: `${facts.pullRequest.headSha}:${check.kind}:${check.appId ?? "none"}`,
      number: facts.pullRequest.number,
      detail: `Somebody else's ${check.kind === "status" ? "commit status" : "check run"} carries our name on ${facts.pullRequest.headSha}. Find out who set it.`,
    });
  }
}

interface Change {
  readonly before: StoredVerdict | null;
  readonly verdict: Verdict;
  readonly changed: boolean;
  readonly loaded: Loaded;
}

async function enqueueConsequences(
  deps: Pick<GateDeps, "enqueue">,
  tx: TenantTx,
  repository: RepositoryId,
  { before, verdict, changed, loaded }: Change,
): Promise<void> {
  const { pullRequest, siblings } = loaded.facts;
  // Also when nothing changed but GitHub shows another conclusion than ours, or none: a write was lost or undone.
  const shown = loaded.ownCheck?.conclusion ?? null;
  const wanted = report(verdict, factsDigest(loaded.facts)).conclusion;
  if (pullRequest.state === "open" ? changed || shown !== wanted : changed)
    await deps.enqueue(tx, publishJob(tx.tenantId, repository, verdict.headSha));
  // INVARIANT: the success of a head that was left does not stay for somebody to open another pull request with.
  if (before !== null && before.headSha !== verdict.headSha)
    await deps.enqueue(tx, publishJob(tx.tenantId, repository, before.headSha));
  // A group that carries it was allowed because it passed (E09).
  if (before?.decision === "pass" && (verdict.decision !== "pass" || before.headSha !== verdict.headSha))
    for (const sha of await allowedGroups(tx, repository, before.baseRef))
      await deps.enqueue(tx, groupJob(tx.tenantId, repository, sha));
  if (before === null || before.decision !== verdict.decision || before.headSha !== verdict.headSha) {
    const now = await databaseNow(tx);
    for (const sibling of siblings.items)
      await deps.enqueue(tx, evaluateJob(tx.tenantId, repository, sibling.number, now));
  }
}
