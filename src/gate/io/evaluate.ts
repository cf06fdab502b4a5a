// facts, decide, commit. Publishing is a job of its own.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { Fault } from "#kernel";
import type { TenantId } from "#kernel";
import type { JobHandler } from "#platform/jobs";
import type { TenantClaim } from "#platform/postgres";
import { decide } from "../decide.ts";
import { report } from "../report.ts";
import { commitVerdict, factsDigest, pullParty } from "./commit.ts";
import type { GateDeps } from "./deps.ts";
import { findRepository } from "./ledger.ts";
import type { Repository } from "./ledger.ts";
import { loadFacts } from "./load.ts";
import type { InTenant } from "./load.ts";
import { orStop } from "./stop.ts";
import { evaluatePayload, parsePayload, publishJob } from "./tasks.ts";
import { lastVerdict } from "./verdicts.ts";

export interface Ground {
  readonly claim: TenantClaim;
  readonly inTenant: InTenant;
}

/** null: the tenant is not active (any more); its jobs do nothing. */
export async function groundOf(deps: Pick<GateDeps, "database">, tenant: TenantId): Promise<Ground | null> {
  const claim = await deps.database.claimFor(tenant);
  return claim === null ? null : { claim, inTenant: (fn) => deps.database.withTenant(claim, fn) };
}

export function evaluateHandler(deps: GateDeps): JobHandler {
  return async (payload) => {
    const { tenant, repository: id, number } = parsePayload(evaluatePayload, payload);
    const ground = await groundOf(deps, tenant);
    const repository = ground === null ? null : await ground.inTenant((tx) => findRepository(tx, id));
    // INVARIANT: a job that names a repository which is not the tenant's own asks GitHub nothing.
    if (ground === null || repository === null) return;
    await evaluate(deps, ground, repository, number);
  };
}

export async function evaluate(
  deps: GateDeps,
  { claim, inTenant }: Ground,
  repository: Repository,
  number: Parameters<typeof loadFacts>[2]["number"],
): Promise<void> {
  const loaded = await loadFacts(deps, inTenant, { repository, number }).catch(async (error: unknown) => {
    if (error instanceof Fault) await takeBack(deps, inTenant, repository, number, error);
    throw error;
  });
  if (loaded === null) {
    await inTenant((tx) =>
      tx.run(sql`update gate.pull_request set state = 'closed', evaluated_at = clock_timestamp()
      where tenant_id = ${tx.tenantId} and repository_id = ${repository.id} and number = ${number}`),
    );
    return;
  }
  const verdict = decide(loaded.facts, loaded.policy);
  await orStop(deps, claim.tenantId, repository, report(verdict, factsDigest(loaded.facts)), () =>
    inTenant((tx) =>
      commitVerdict(deps, tx, { repositoryId: repository.id, loaded, verdict, requestId: randomUUID() }),
    ),
  );
}

/**
 * INVARIANT (G07): a pass that cannot be decided again does not stay. Whoever can make a pull request unreadable would
 * otherwise keep an approval alive that was taken back meanwhile. The job is tried again, so this ends by itself.
 */
async function takeBack(
  deps: GateDeps,
  inTenant: InTenant,
  repository: Repository,
  number: Parameters<typeof loadFacts>[2]["number"],
  { code }: Fault,
): Promise<void> {
  await inTenant(async (tx) => {
    const last = await lastVerdict(tx, repository.id, number);
    if (last === null || last.decision !== "pass") return;
    const taken = await tx.run(sql`update gate.pull_request set verdict_id = null
      where tenant_id = ${tx.tenantId} and repository_id = ${repository.id} and number = ${number} and state = 'open' and verdict_id = ${last.id}`);
    if (taken !== 1) return;
    await deps.append(tx, {
      kind: "gate.verdict",
      outcome: "unknown",
      observer: { type: "app", id: String(deps.github.appId) },
      initiator: { type: "job", id: "gate.evaluate" },
      target: pullParty(repository.id, number),
      requestId: randomUUID(),
      body: { why: code, takenBack: last.id },
    });
    await deps.enqueue(tx, publishJob(tx.tenantId, repository.id, last.headSha));
  });
}
