// What the ledger holds about one pull request.

import sql from "sql-template-tag";
import { z } from "zod";
import type { BranchName, CommitSha, Instant, InstallationId, PrNumber, RepoName, RepositoryId } from "#kernel";
import { instantColumn } from "#platform/postgres";
import type { TenantTx } from "#platform/postgres";
import type {
  Account,
  Contribution,
  HeadSighting,
  Hold,
  Requesters,
  ReviewSeen,
  StepUp,
  Withdrawal,
} from "../facts.ts";
import {
  accountTypeColumn,
  branchColumn,
  installationColumn,
  nameColumn,
  numberColumn,
  repositoryColumn,
  reviewColumn,
  shaColumn,
  userColumn,
} from "./columns.ts";

export interface Repository {
  readonly id: RepositoryId;
  readonly installation: InstallationId;
  readonly name: RepoName;
}

const repositoryRow = z
  .object({ repository_id: repositoryColumn, installation_id: installationColumn, name: nameColumn })
  .transform((row): Repository => ({ id: row.repository_id, installation: row.installation_id, name: row.name }));

/**
 * null: not a repository of this tenant, or no longer. INVARIANT: a job that names another tenant's repository finds
 * nothing, and one whose installation was bound to another tenant neither. Nor does one behind an installation that is
 * suspended or gone at GitHub: each try would be refused there, again and again (L13).
 */
export async function findRepository(tx: TenantTx, id: RepositoryId): Promise<Repository | null> {
  return tx.maybe(
    sql`select r.repository_id, r.installation_id, r.name from gate.repository r
      where r.tenant_id = ${tx.tenantId} and r.repository_id = ${id} and r.active
        and exists (select from platform.own_installations() i where i.installation_id = r.installation_id)
        and not exists (select from platform.lost_installations() l where l.installation_id = r.installation_id)`,
    repositoryRow,
  );
}

/** By its name now, in any case; where two have it, the one of which that was heard last. null: as above. */
export async function repositoryNamed(tx: TenantTx, name: RepoName): Promise<Repository | null> {
  return tx.maybe(sql`select * from gate.repository_named(${name})`, repositoryRow);
}

export async function repositories(tx: TenantTx): Promise<readonly Repository[]> {
  return tx.many(
    sql`select r.repository_id, r.installation_id, r.name from gate.repository r
      where r.tenant_id = ${tx.tenantId} and r.active
        and exists (select from platform.own_installations() i where i.installation_id = r.installation_id)
        and not exists (select from platform.lost_installations() l where l.installation_id = r.installation_id)
      order by r.repository_id`,
    repositoryRow,
  );
}

/** The database's clock: the same for every process, whatever their hosts think (G11). */
export async function databaseNow(tx: TenantTx): Promise<Instant> {
  return (await tx.one(sql`select clock_timestamp() as now`, z.object({ now: instantColumn }))).now;
}

export interface Ledger {
  readonly now: Instant;
  readonly sightings: readonly HeadSighting[];
  readonly reviewsSeen: readonly ReviewSeen[];
  readonly baseChanges: readonly Instant[];
  readonly contributions: readonly Contribution[];
  readonly requesters: Requesters;
  readonly stepUps: readonly StepUp[];
  readonly holds: readonly Hold[];
  readonly withdrawals: readonly Withdrawal[];
  readonly serviceAccounts: ReadonlySet<string>;
}

const actorShape = {
  actor_id: userColumn.nullable(),
  actor_login: z.string().nullable(),
  actor_type: accountTypeColumn.nullable(),
};
const actorOf = (row: {
  actor_id: Account["id"] | null;
  actor_login: string | null;
  actor_type: Account["type"] | null;
}): Account | null =>
  row.actor_id === null ? null : { id: row.actor_id, login: row.actor_login ?? "", type: row.actor_type ?? "User" };

const sightingRow = z
  .object({
    source: z.enum(["activity", "force_push", "payload", "opened"]),
    sha: shaColumn.nullable(),
    before_sha: shaColumn.nullable(),
    at: instantColumn,
    ...actorShape,
  })
  .transform((row): HeadSighting => ({
    source: row.source,
    at: row.at,
    before: row.before_sha,
    after: row.sha,
    actor: actorOf(row),
  }));
const reviewRow = z
  .object({ review_id: reviewColumn, sha: shaColumn, base_ref: branchColumn, at: instantColumn })
  .transform((row): ReviewSeen => ({ reviewId: row.review_id, sha: row.sha, baseRef: row.base_ref, at: row.at }));
const contributionRow = z
  .object({
    user_id: userColumn,
    login: z.string(),
    type: accountTypeColumn,
    role: z.enum(["author", "contributor", "coauthor", "pusher"]),
  })
  .transform((row): Contribution => ({ user: { id: row.user_id, login: row.login, type: row.type }, as: row.role }));
const requesterRow = z
  .object({ user_id: userColumn.nullable(), login: z.string() })
  .transform((row) => ({ id: row.user_id, login: row.login }));
const stepUpRow = z
  .object({ sha: shaColumn, user_id: userColumn, login: z.string(), type: accountTypeColumn, at: instantColumn })
  .transform((row): StepUp => ({
    account: { id: row.user_id, login: row.login, type: row.type },
    sha: row.sha,
    at: row.at,
  }));
const stopRow = z.object({
  act: z.enum(["hold", "release", "withdraw"]),
  user_id: userColumn,
  login: z.string(),
  type: accountTypeColumn,
  reason: z.string(),
  at: instantColumn,
});
export type Stop = z.infer<typeof stopRow>;

/** `branch`: the head's, when it is in this very repository; a fork's branch of the same name is another branch. */
export async function readLedger(
  tx: TenantTx,
  repository: RepositoryId,
  number: PrNumber,
  head: CommitSha,
  branch: BranchName | null,
): Promise<Ledger> {
  const here = sql`tenant_id = ${tx.tenantId} and repository_id = ${repository}`;
  const sightings = await tx.many(
    sql`select source, sha, before_sha, at, actor_id, actor_login, actor_type from gate.head_seen where ${here} and number = ${number} order by at, head_seen_id`,
    sightingRow,
  );
  const pushes =
    branch === null
      ? []
      : await tx.many(
          sql`select 'payload' as source, after_sha as sha, before_sha, at, actor_id, actor_login, actor_type from gate.push_seen where ${here} and branch = ${branch} order by at, push_seen_id`,
          sightingRow,
        );
  const requesters = await tx.many(
    sql`select user_id, login from gate.requester where ${here} and number = ${number} order by requester_id`,
    requesterRow,
  );
  const stops = await readStops(tx, repository, number);
  const services = await tx.many(
    sql`select login from gate.service_account where tenant_id = ${tx.tenantId}`,
    z.object({ login: z.string() }),
  );
  return {
    now: await databaseNow(tx),
    sightings: [...sightings, ...pushes],
    reviewsSeen: await tx.many(
      sql`select review_id, sha, base_ref, at from gate.review_seen where ${here} and number = ${number} order by review_id`,
      reviewRow,
    ),
    baseChanges: (
      await tx.many(
        sql`select at from gate.base_seen where ${here} and number = ${number} order by at`,
        z.object({ at: instantColumn }),
      )
    ).map((row) => row.at),
    contributions: await tx.many(
      sql`select user_id, login, type, role from gate.contribution where ${here} and number = ${number} order by user_id, role`,
      contributionRow,
    ),
    requesters: requesters.length === 0 ? { known: false } : { known: true, people: requesters },
    // Also those of earlier heads of this pull request: a step-up that is bound to another commit is invalid, not absent (C22).
    stepUps: await tx.many(
      sql`select sha, user_id, login, type, at from gate.step_up where ${here}
        and (sha = ${head} or sha in (select h.sha from gate.head_seen h where h.tenant_id = ${tx.tenantId} and h.repository_id = ${repository} and h.number = ${number}))
        order by at, step_up_id`,
      stepUpRow,
    ),
    holds: holdsOf(stops),
    withdrawals: stops.filter((stop) => stop.act === "withdraw").map((stop) => ({ user: stop.user_id, at: stop.at })),
    serviceAccounts: new Set(services.map((row) => row.login)),
  };
}

export async function readStops(tx: TenantTx, repository: RepositoryId, number: PrNumber): Promise<readonly Stop[]> {
  return tx.many(
    sql`select act, user_id, login, type, reason, at from gate.stop
      where tenant_id = ${tx.tenantId} and repository_id = ${repository} and number = ${number} order by at, stop_id`,
    stopRow,
  );
}

/** In order of time: a release ends the holds of the one it names. */
export function holdsOf(stops: readonly Stop[]): readonly Hold[] {
  const held = new Map<number, Hold>();
  for (const stop of stops) {
    if (stop.act === "hold")
      held.set(stop.user_id, {
        by: { id: stop.user_id, login: stop.login, type: stop.type },
        at: stop.at,
        reason: stop.reason,
      });
    if (stop.act === "release") held.delete(stop.user_id);
  }
  return [...held.values()];
}

export interface KnownPull {
  readonly number: PrNumber;
  readonly state: "open" | "closed" | "merged";
  readonly headSha: CommitSha | null;
  readonly baseRef: BranchName | null;
  readonly updatedMark: Instant | null;
  readonly decision: "pass" | "fail" | "error" | null;
  /** What the last verdict was about; null when there is none. */
  readonly verdictSha: CommitSha | null;
  readonly reasons: readonly string[];
  /** The last verdict was made then, and the last look gave the same. */
  readonly decidedAt: Instant | null;
  readonly evaluatedAt: Instant | null;
}

const knownRow = z
  .object({
    number: numberColumn,
    state: z.enum(["open", "closed", "merged"]),
    head_sha: shaColumn.nullable(),
    base_ref: branchColumn.nullable(),
    updated_mark: instantColumn.nullable(),
    decision: z.enum(["pass", "fail", "error"]).nullable(),
    verdict_sha: shaColumn.nullable(),
    reasons: z.array(z.string()).nullable(),
    decided_at: instantColumn.nullable(),
    evaluated_at: instantColumn.nullable(),
  })
  .transform((row): KnownPull => ({
    number: row.number,
    state: row.state,
    headSha: row.head_sha,
    baseRef: row.base_ref,
    updatedMark: row.updated_mark,
    decision: row.decision,
    verdictSha: row.verdict_sha,
    reasons: row.reasons ?? [],
    decidedAt: row.decided_at,
    evaluatedAt: row.evaluated_at,
  }));

export async function knownPulls(tx: TenantTx, repository: RepositoryId): Promise<readonly KnownPull[]> {
  return tx.many(
    sql`select p.number, p.state, p.head_sha, p.base_ref, p.updated_mark, v.decision, v.head_sha as verdict_sha, v.reasons, v.decided_at, p.evaluated_at
      from gate.pull_request p
      left join gate.verdict v on v.tenant_id = p.tenant_id and v.verdict_id = p.verdict_id
      where p.tenant_id = ${tx.tenantId} and p.repository_id = ${repository} order by p.number`,
    knownRow,
  );
}
