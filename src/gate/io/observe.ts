// Writes evidence into the ledger, inside the transaction of whoever saw it. INVARIANT: evidence is only ever added; the
// first row for a review stays what it is, whatever comes later.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, iso } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Evidence } from "./evidence.ts";

export async function observe(tx: TenantTx, evidence: readonly Evidence[]): Promise<void> {
  for (const item of evidence) await record(tx, item);
}

async function record(tx: TenantTx, item: Evidence): Promise<unknown> {
  const tenant = tx.tenantId;
  switch (item.kind) {
    case "repository":
      return recordRepository(tx, item);
    case "pull_request":
      return tx.run(sql`insert into gate.pull_request (tenant_id, repository_id, number, state, head_sha, base_ref)
        values (${tenant}, ${item.repositoryId}, ${item.number}, ${item.state}, ${item.headSha}, ${item.baseRef})
        on conflict (tenant_id, repository_id, number) do update
        set state = excluded.state, head_sha = excluded.head_sha, base_ref = excluded.base_ref`);
    case "head": {
      const { source, after, before, actor, at } = item.sighting;
      return tx.run(sql`insert into gate.head_seen (tenant_id, repository_id, number, source, sha, before_sha, actor_id, actor_login, actor_type, at)
        values (${tenant}, ${item.repositoryId}, ${item.number}, ${source}, ${after}, ${before}, ${actor?.id ?? null}, ${actor?.login ?? null}, ${actor?.type ?? null}, ${iso(at)})
        on conflict do nothing`);
    }
    case "review":
      return tx.run(sql`insert into gate.review_seen (tenant_id, repository_id, number, review_id, sha, base_ref, at)
        values (${tenant}, ${item.repositoryId}, ${item.number}, ${item.reviewId}, ${item.sha}, ${item.baseRef}, ${iso(item.at)})
        on conflict do nothing`);
    case "base":
      return tx.run(sql`insert into gate.base_seen (tenant_id, repository_id, number, base_ref, previous_ref, at)
        values (${tenant}, ${item.repositoryId}, ${item.number}, ${item.baseRef}, ${item.previousRef}, ${iso(item.at)})
        on conflict do nothing`);
    case "contribution": {
      const { user, as } = item.contribution;
      return tx.run(sql`insert into gate.contribution (tenant_id, repository_id, number, user_id, role, login, type)
        values (${tenant}, ${item.repositoryId}, ${item.number}, ${user.id}, ${as}, ${user.login}, ${user.type})
        on conflict do nothing`);
    }
    case "requester":
      return tx.run(sql`insert into gate.requester (tenant_id, repository_id, number, user_id, login, source)
        values (${tenant}, ${item.repositoryId}, ${item.number}, ${item.userId}, ${item.login}, ${item.source})
        on conflict do nothing`);
    case "step_up":
      return tx.run(sql`insert into gate.step_up (tenant_id, repository_id, sha, user_id, login, type, at)
        values (${tenant}, ${item.repositoryId}, ${item.sha}, ${item.account.id}, ${item.account.login}, ${item.account.type}, ${iso(item.at)})
        on conflict do nothing`);
    case "hold":
      return tx.run(sql`insert into gate.hold (tenant_id, repository_id, number, act, user_id, login, at)
        values (${tenant}, ${item.repositoryId}, ${item.number}, ${item.act}, ${item.account.id}, ${item.account.login}, ${iso(item.at)})
        on conflict do nothing`);
  }
}

/** INVARIANT: a repository is reached only through an installation that the tenant owns; a payload cannot lend it another's. */
async function recordRepository(tx: TenantTx, item: Extract<Evidence, { kind: "repository" }>): Promise<void> {
  const { own } = await tx.one(
    sql`select exists (select from platform.own_installations() i where i.installation_id = ${item.installationId}) as own`,
    z.object({ own: z.boolean() }),
  );
  if (!own) throw new Fault("tenant_unknown", "The installation of this repository does not belong to the tenant. Nothing was recorded.");
  await tx.run(sql`insert into gate.repository (tenant_id, repository_id, installation_id, name, active)
    values (${tx.tenantId}, ${item.repositoryId}, ${item.installationId}, ${item.name}, ${item.active})
    on conflict (tenant_id, repository_id) do update
    set installation_id = excluded.installation_id, name = excluded.name, active = excluded.active, updated_at = clock_timestamp()
    where (gate.repository.installation_id, gate.repository.name, gate.repository.active) is distinct from (excluded.installation_id, excluded.name, excluded.active)`);
}
