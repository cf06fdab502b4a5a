// Writes what one event proves into the ledger, in the transaction of whoever saw it. INVARIANT: evidence is only ever
// added; the first row for a review stays what it is, whatever comes later.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, iso } from "#kernel";
import type { PrNumber, RepositoryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Contribution, HeadSighting, ReviewSeen } from "../facts.ts";
import type { GateDeps } from "./deps.ts";
import type { Evidence, RepositoryRef } from "./evidence.ts";
import { raiseIncident } from "./incidents.ts";
import { alarmSuccess } from "./own-success.ts";

/** INVARIANT: a repository is reached only through an installation that the tenant owns; a payload cannot lend it another's. */
export async function recordRepository(tx: TenantTx, ref: RepositoryRef): Promise<void> {
  const { own } = await tx.one(
    sql`select exists (select from platform.own_installations() i where i.installation_id = ${ref.installation}) as own`,
    z.object({ own: z.boolean() }),
  );
  if (!own)
    throw new Fault(
      "tenant_unknown",
      "The installation of this repository does not belong to the tenant. Nothing was recorded.",
    );
  await tx.run(sql`insert into gate.repository (tenant_id, repository_id, installation_id, name)
    values (${tx.tenantId}, ${ref.id}, ${ref.installation}, ${ref.name})
    on conflict (tenant_id, repository_id) do update
    set installation_id = excluded.installation_id, name = excluded.name, active = true, updated_at = clock_timestamp()
    where (gate.repository.installation_id, gate.repository.name, gate.repository.active) is distinct from (excluded.installation_id, excluded.name, true)`);
}

export async function observe(
  deps: Pick<GateDeps, "append" | "enqueue" | "github">,
  tx: TenantTx,
  evidence: Evidence,
): Promise<void> {
  const repository = "pr" in evidence ? evidence.pr.repository : evidence.repository;
  await recordRepository(tx, repository);
  switch (evidence.kind) {
    case "head_seen": {
      const { number } = evidence.pr;
      await recordPullRequest(tx, repository.id, number);
      await recordSighting(tx, repository.id, number, {
        source: "payload",
        at: evidence.at,
        before: evidence.before,
        after: evidence.sha,
        actor: evidence.actor,
      });
      // Without `before` the event is no push, and whoever caused it (a reviewer, say) moved nothing.
      if (evidence.actor !== null && evidence.before !== null)
        await recordContribution(tx, repository.id, number, { user: evidence.actor, as: "pusher" });
      return;
    }
    case "review_seen":
      await recordPullRequest(tx, repository.id, evidence.pr.number);
      return recordReview(tx, repository.id, evidence.pr.number, evidence);
    case "base_changed":
      await recordPullRequest(tx, repository.id, evidence.pr.number);
      await tx.run(sql`insert into gate.base_seen (tenant_id, repository_id, number, from_ref, to_ref, at)
        values (${tx.tenantId}, ${repository.id}, ${evidence.pr.number}, ${evidence.from}, ${evidence.to}, ${iso(evidence.at)})
        on conflict do nothing`);
      return;
    case "written_in":
      return;
    case "pushed":
      await tx.run(sql`insert into gate.push_seen (tenant_id, repository_id, branch, before_sha, after_sha, forced, actor_id, actor_login, actor_type, at)
        values (${tx.tenantId}, ${repository.id}, ${evidence.branch}, ${evidence.before}, ${evidence.after}, ${evidence.forced},
          ${evidence.actor?.id ?? null}, ${evidence.actor?.login ?? null}, ${evidence.actor?.type ?? null}, ${iso(evidence.at)})
        on conflict do nothing`);
      return;
    case "step_up":
      await tx.run(sql`insert into gate.step_up (tenant_id, repository_id, sha, user_id, login, type, at)
        values (${tx.tenantId}, ${repository.id}, ${evidence.sha}, ${evidence.account.id}, ${evidence.account.login}, ${evidence.account.type}, ${iso(evidence.at)})
        on conflict do nothing`);
      return;
    case "own_success":
      await alarmSuccess(deps, tx, repository.id, evidence.sha, evidence.at);
      return;
    case "foreign_check":
      await raiseIncident(deps, tx, {
        repositoryId: repository.id,
        kind: "check_spoofed",
        subject: `${evidence.sha}:${evidence.source}:${evidence.appId ?? "none"}`,
        number: null,
        detail: `Somebody else's ${evidence.source === "status" ? "commit status" : "check run"} carries our name on ${evidence.sha}.`,
      });
      return;
  }
}

export async function recordPullRequest(tx: TenantTx, repositoryId: RepositoryId, number: PrNumber): Promise<void> {
  await tx.run(sql`insert into gate.pull_request (tenant_id, repository_id, number)
    values (${tx.tenantId}, ${repositoryId}, ${number}) on conflict do nothing`);
}

export async function recordSighting(
  tx: TenantTx,
  repositoryId: RepositoryId,
  number: PrNumber,
  seen: HeadSighting,
): Promise<void> {
  await tx.run(sql`insert into gate.head_seen (tenant_id, repository_id, number, source, sha, before_sha, actor_id, actor_login, actor_type, at)
    values (${tx.tenantId}, ${repositoryId}, ${number}, ${seen.source}, ${seen.after}, ${seen.before},
      ${seen.actor?.id ?? null}, ${seen.actor?.login ?? null}, ${seen.actor?.type ?? null}, ${iso(seen.at)})
    on conflict do nothing`);
}

export async function recordReview(
  tx: TenantTx,
  repositoryId: RepositoryId,
  number: PrNumber,
  seen: ReviewSeen,
): Promise<void> {
  await tx.run(sql`insert into gate.review_seen (tenant_id, repository_id, number, review_id, sha, base_ref, at)
    values (${tx.tenantId}, ${repositoryId}, ${number}, ${seen.reviewId}, ${seen.sha}, ${seen.baseRef}, ${iso(seen.at)})
    on conflict do nothing`);
}

export async function recordContribution(
  tx: TenantTx,
  repositoryId: RepositoryId,
  number: PrNumber,
  { user, as }: Contribution,
): Promise<void> {
  await tx.run(sql`insert into gate.contribution (tenant_id, repository_id, number, user_id, role, login, type)
    values (${tx.tenantId}, ${repositoryId}, ${number}, ${user.id}, ${as}, ${user.login}, ${user.type})
    on conflict do nothing`);
}
