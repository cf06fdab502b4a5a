// Correct with zero webhooks: every two minutes the ledger is held against GitHub. A lost review only delays a pass.

import sql from "sql-template-tag";
import { z } from "zod";
import type { BranchName, PrNumber } from "#kernel";
import type { JobHandler } from "#platform/jobs";
import { tenantIdColumn } from "#platform/postgres";
import { isGuarded } from "../../protection.ts";
import { forgottenRequests } from "../attempts.ts";
import { branchColumn } from "../columns.ts";
import type { GateDeps } from "../deps.ts";
import { groundOf } from "../evaluate.ts";
import type { Ground } from "../evaluate.ts";
import { databaseNow, findRepository, knownPulls, repositories } from "../ledger.ts";
import type { KnownPull, Repository } from "../ledger.ts";
import { limits } from "../limits.ts";
import { recordPullRequest } from "../observe.ts";
import { evaluateJob, mergeJob, parsePayload, reconcileJob, repositoryPayload } from "../tasks.ts";
import { redeliver } from "./deliveries.ts";
import { drifted } from "./drift.ts";
import { eachOf } from "./each.ts";
import { walkBranch } from "./landed.ts";
import { readOpen } from "./open.ts";
import type { Live } from "./open.ts";
import { watchProtection } from "./protection.ts";
import { openReverts } from "./revert.ts";
import { alarmPulls } from "./unlogged.ts";

/** For a timer in main: asks for lost deliveries, and gives every repository of every active tenant its job. */
export async function sweep(deps: GateDeps): Promise<void> {
  const tenants = await deps.database.withPlatform((tx) =>
    tx.many(sql`select platform.active_tenants() as id`, z.object({ id: tenantIdColumn })),
  );
  await eachOf([
    ...tenants.map(({ id }) => async (): Promise<void> => {
      const ground = await groundOf(deps, id);
      await ground?.inTenant(async (tx) => {
        for (const repository of await repositories(tx))
          await deps.enqueue(tx, reconcileJob(tx.tenantId, repository.id));
      });
    }),
    () => redeliver(deps),
  ]);
}

async function found(
  deps: GateDeps,
  payload: unknown,
): Promise<{ readonly ground: Ground; readonly repository: Repository } | null> {
  const { tenant, repository: id } = parsePayload(repositoryPayload, payload);
  const ground = await groundOf(deps, tenant);
  const repository = ground === null ? null : await ground.inTenant((tx) => findRepository(tx, id));
  return ground === null || repository === null ? null : { ground, repository };
}

export function reconcileHandler(deps: GateDeps): JobHandler {
  return async (payload) => {
    const place = await found(deps, payload);
    if (place === null) return;
    const { ground, repository } = place;
    const live = await readOpen(deps.github.installation(repository.installation, repository.id, "read"), repository);
    const { ledger, now, walked } = await ground.inTenant(async (tx) => ({
      ledger: await knownPulls(tx, repository.id),
      now: await databaseNow(tx),
      walked: await walkedBranches(tx, repository),
    }));
    const branches = production(live, ledger, walked);
    const stale = await watchProtection(deps, ground, repository, live, branches, ledger);
    const again = new Set<PrNumber>([...drifted(live.pulls, ledger, now), ...stale]);
    await look(deps, ground, repository, [...again]);
    const open = live.pulls.map((p) => ({ number: p.number, baseRef: p.baseRef }));
    await eachOf([
      () => beginForgotten(deps, ground, repository),
      () => watch(deps, ground, repository, branches, open),
      () => alarmPulls(deps, ground, repository, live.pulls),
    ]);
  };
}

/** Asked for and never begun: nothing to recover, the request still stands. What was begun is the log's reconciler's (world.ts). */
async function beginForgotten(deps: GateDeps, { inTenant }: Ground, repository: Repository): Promise<void> {
  await inTenant(async (tx) => {
    for (const attempt of await forgottenRequests(tx, repository.id, limits.requestAge))
      await deps.enqueue(tx, mergeJob(tx.tenantId, repository.id, attempt.id));
  });
}

/** After a push: only what landed. Re-evaluates no pull request, unless the gate's own files changed with it. */
export function watchHandler(deps: GateDeps): JobHandler {
  return async (payload) => {
    const place = await found(deps, payload);
    if (place === null) return;
    const { ground, repository } = place;
    const { ledger, walked } = await ground.inTenant(async (tx) => ({
      ledger: await knownPulls(tx, repository.id),
      walked: await walkedBranches(tx, repository),
    }));
    const open = ledger.flatMap((p) =>
      p.state === "open" && p.baseRef !== null ? [{ number: p.number, baseRef: p.baseRef }] : [],
    );
    await watch(deps, ground, repository, walked, open);
  };
}

async function watch(
  deps: GateDeps,
  ground: Ground,
  repository: Repository,
  branches: readonly BranchName[],
  open: readonly { readonly number: PrNumber; readonly baseRef: BranchName }[],
): Promise<void> {
  await eachOf([
    ...branches.map((branch) => async (): Promise<void> => {
      const { policyChanged } = await walkBranch(deps, ground, repository, branch);
      const here = open.filter((p) => p.baseRef === branch).map((p) => p.number);
      if (policyChanged) await look(deps, ground, repository, here);
    }),
    () => openReverts(deps, ground, repository),
  ]);
}

async function look(
  deps: GateDeps,
  { inTenant }: Ground,
  repository: Repository,
  numbers: readonly PrNumber[],
): Promise<void> {
  await inTenant(async (tx) => {
    for (const number of numbers) {
      await recordPullRequest(tx, repository.id, number);
      await deps.enqueue(tx, evaluateJob(tx.tenantId, repository.id, number, await databaseNow(tx)));
    }
  });
}

/** Once watched, always watched: a file that no longer names a branch does not hide what lands there. */
async function walkedBranches(
  tx: Parameters<typeof databaseNow>[0],
  repository: Repository,
): Promise<readonly BranchName[]> {
  return (
    await tx.many(
      sql`select branch from gate.branch_walk where tenant_id = ${tx.tenantId} and repository_id = ${repository.id} order by branch`,
      z.object({ branch: branchColumn }),
    )
  ).map((row) => row.branch);
}

/** The default branch, branches under our rulesets, those that verdicts found to be production, and those watched before. */
function production(live: Live, ledger: readonly KnownPull[], walked: readonly BranchName[]): readonly BranchName[] {
  const bases = [
    ...live.pulls.map((p) => p.baseRef),
    ...ledger.flatMap((p) => (p.baseRef === null ? [] : [p.baseRef])),
  ];
  const judged = ledger.flatMap((p) =>
    p.baseRef !== null && p.decision !== null && p.decision !== "error" && !p.reasons.includes("not_production")
      ? [p.baseRef]
      : [],
  );
  const guarded = bases.filter((name) =>
    isGuarded({ name, isDefault: name === live.defaultBranch }, live.rulesets.items),
  );
  return [...new Set([...(live.defaultBranch === null ? [] : [live.defaultBranch]), ...guarded, ...judged, ...walked])];
}
