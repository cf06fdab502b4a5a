// What surfaces may ask of the gate. Everything is written in the caller's transaction: evidence and work exist together
// or not at all.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Party } from "#audit";
import { iso, unknown } from "#kernel";
import type { CommitSha, Instant, Known, PrNumber, RepositoryId } from "#kernel";
import type { TenantClaim, TenantTx } from "#platform/postgres";
import type { Account, Permission } from "../facts.ts";
import { numberColumn } from "./columns.ts";
import type { GateDeps } from "./deps.ts";
import type { Evidence, PullRequestRef, RepositoryRef, Work } from "./evidence.ts";
import { databaseNow, findRepository, holdsOf, readStops, repositories } from "./ledger.ts";
import { observe, recordPullRequest, recordRepository } from "./observe.ts";
import { readPeople } from "./read-people.ts";
import { evaluateJob, groupJob, mergeJob, reconcileJob, watchJob } from "./tasks.ts";
import { storedReport } from "./verdicts.ts";

export interface MergeRequest {
  readonly repositoryId: RepositoryId;
  readonly number: PrNumber;
  readonly requestedBy: Party;
  /** Only this commit: when the head is another one by then, nothing is merged. */
  readonly wantedHead?: CommitSha;
}

export type MergeAnswer =
  | { readonly kind: "requested"; readonly attempt: string }
  /** The same request is under way: it stays one merge (E05). */
  | { readonly kind: "under_way"; readonly attempt: string }
  | { readonly kind: "merged_already"; readonly attempt: string }
  | { readonly kind: "unknown_repository" };

export interface Intake {
  observed(tx: TenantTx, evidence: Evidence): Promise<void>;
  request(tx: TenantTx, work: Work): Promise<void>;
  requestMerge(tx: TenantTx, request: MergeRequest): Promise<MergeAnswer>;
  hold(tx: TenantTx, pr: PullRequestRef, by: Account, reason: string, at: Instant): Promise<"held" | "already_held">;
  release(
    tx: TenantTx,
    pr: PullRequestRef,
    by: Account,
    all: boolean,
    at: Instant,
  ): Promise<"released" | "not_held" | "held_by_others">;
  withdraw(tx: TenantTx, pr: PullRequestRef, by: Account, at: Instant): Promise<void>;
  permission(claim: TenantClaim, repository: RepositoryRef, account: Account): Promise<Known<Permission>>;
  explain(claim: TenantClaim, pr: PullRequestRef): Promise<string | null>;
}

export function createIntake(deps: GateDeps): Intake {
  const evaluate = async (tx: TenantTx, repository: RepositoryId, number: PrNumber): Promise<void> =>
    deps.enqueue(tx, evaluateJob(tx.tenantId, repository, number, await databaseNow(tx)));

  async function begin(tx: TenantTx, pr: PullRequestRef): Promise<void> {
    await recordRepository(tx, pr.repository);
    await recordPullRequest(tx, pr.repository.id, pr.number);
  }

  return {
    observed: (tx, evidence) => observe(deps, tx, evidence),

    async request(tx, work) {
      switch (work.kind) {
        case "evaluate":
          await begin(tx, work.pr);
          return evaluate(tx, work.pr.repository.id, work.pr.number);
        case "evaluate_sha": {
          await recordRepository(tx, work.repository);
          const numbers = await openWithHead(tx, work.repository.id, work.sha);
          for (const number of numbers) await evaluate(tx, work.repository.id, number);
          return;
        }
        case "evaluate_group":
          await recordRepository(tx, work.repository);
          await tx.run(sql`insert into gate.merge_group (tenant_id, repository_id, sha, base_ref)
            values (${tx.tenantId}, ${work.repository.id}, ${work.groupSha}, ${work.baseRef}) on conflict do nothing`);
          return deps.enqueue(tx, groupJob(tx.tenantId, work.repository.id, work.groupSha));
        case "closed":
          await begin(tx, work.pr);
          await evaluate(tx, work.pr.repository.id, work.pr.number);
          if (work.merged) await deps.enqueue(tx, watchJob(tx.tenantId, work.pr.repository.id));
          return;
        case "watch_branch":
          await recordRepository(tx, work.repository);
          return deps.enqueue(tx, watchJob(tx.tenantId, work.repository.id));
        case "watch_protection":
          await recordRepository(tx, work.repository);
          return deps.enqueue(tx, reconcileJob(tx.tenantId, work.repository.id));
        case "reconcile": {
          if (work.repository !== null) await recordRepository(tx, work.repository);
          const ids = work.repository === null ? (await repositories(tx)).map((r) => r.id) : [work.repository.id];
          for (const id of ids) await deps.enqueue(tx, reconcileJob(tx.tenantId, id));
          return;
        }
      }
    },

    async requestMerge(tx, { repositoryId, number, requestedBy, wantedHead }) {
      if ((await findRepository(tx, repositoryId)) === null) return { kind: "unknown_repository" };
      const made = await tx.maybe(
        sql`insert into gate.merge_attempt (tenant_id, repository_id, number, requested_type, requested_id, wanted_head)
          select ${tx.tenantId}, ${repositoryId}, ${number}, ${requestedBy.type}, ${requestedBy.id}, ${wantedHead ?? null}
          where not exists (select from gate.merge_attempt a where a.tenant_id = ${tx.tenantId} and a.repository_id = ${repositoryId}
            and a.number = ${number} and a.outcome in ('success', 'recovered'))
          on conflict do nothing returning merge_attempt_id as id`,
        attemptRow,
      );
      if (made !== null) {
        await deps.enqueue(tx, mergeJob(tx.tenantId, repositoryId, made.id));
        return { kind: "requested", attempt: made.id };
      }
      const there = await tx.one(
        sql`select merge_attempt_id as id, state from gate.merge_attempt where tenant_id = ${tx.tenantId} and repository_id = ${repositoryId}
          and number = ${number} and (state <> 'done' or outcome in ('success', 'recovered')) limit 1`,
        attemptRow.extend({ state: z.string() }),
      );
      return { kind: there.state === "done" ? "merged_already" : "under_way", attempt: there.id };
    },

    async hold(tx, pr, by, reason, at) {
      await begin(tx, pr);
      const held = holdsOf(await readStops(tx, pr.repository.id, pr.number)).some((h) => h.by.id === by.id);
      if (!held) await stop(tx, pr, "hold", by, reason.slice(0, 500), at);
      return held ? "already_held" : "held";
    },

    async release(tx, pr, by, all, at) {
      await begin(tx, pr);
      const holds = holdsOf(await readStops(tx, pr.repository.id, pr.number));
      const mine = holds.filter((h) => all || h.by.id === by.id);
      if (mine.length === 0) return holds.length === 0 ? "not_held" : "held_by_others";
      for (const h of mine) await stop(tx, pr, "release", h.by, h.by.id === by.id ? "" : `released by ${by.login}`, at);
      return "released";
    },

    async withdraw(tx, pr, by, at) {
      await begin(tx, pr);
      await stop(tx, pr, "withdraw", by, "", at);
    },

    async permission(claim, ref, account) {
      // A command can be the first we hear of a repository. Its id narrows the token, whatever the name says.
      const repository = (await deps.database.withTenant(claim, (tx) => findRepository(tx, ref.id))) ?? ref;
      const client = deps.github.installation(repository.installation, repository.id, "read");
      const people = await readPeople(client, repository.name, {
        accounts: [account],
        teams: [],
        serviceAccounts: new Set(),
      });
      const person = people.get(account.id) ?? unknown("the permission could not be read");
      return person.known ? { known: true, value: person.value.permission } : person;
    },

    explain: (claim, pr) =>
      deps.database.withTenant(claim, async (tx) => {
        const report = await storedReport(tx, pr.repository.id, pr.number);
        return report === null ? null : `**${report.output.title}**\n\n${report.output.summary}`;
      }),
  };
}

const attemptRow = z.object({ id: z.string() });

/** A release at the second of its hold must come after it, so the ledger's own order breaks the tie. */
async function stop(
  tx: TenantTx,
  pr: PullRequestRef,
  act: "hold" | "release" | "withdraw",
  by: Account,
  reason: string,
  at: Instant,
): Promise<void> {
  await tx.run(sql`insert into gate.stop (tenant_id, repository_id, number, act, user_id, login, type, reason, at)
    values (${tx.tenantId}, ${pr.repository.id}, ${pr.number}, ${act}, ${by.id}, ${by.login}, ${by.type}, ${reason}, ${iso(at)}) on conflict do nothing`);
}

async function openWithHead(tx: TenantTx, repository: RepositoryId, sha: string): Promise<readonly PrNumber[]> {
  const rows = await tx.many(
    sql`select distinct p.number from gate.pull_request p
      left join gate.head_seen h on h.tenant_id = p.tenant_id and h.repository_id = p.repository_id and h.number = p.number
      where p.tenant_id = ${tx.tenantId} and p.repository_id = ${repository} and p.state = 'open' and (p.head_sha = ${sha} or h.sha = ${sha}) order by 1`,
    z.object({ number: numberColumn }),
  );
  return rows.map((row) => row.number);
}
