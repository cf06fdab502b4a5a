// Intents without an outcome: what a killed process left behind. GitHub is asked what became of them (audit.md 2.5).

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { finish, findAttempt, staleAttempts } from "../attempts.ts";
import type { Attempt } from "../attempts.ts";
import { shaColumn } from "../columns.ts";
import type { GateDeps } from "../deps.ts";
import type { Ground } from "../evaluate.ts";
import { recover, underLock } from "../execute.ts";
import type { Repository } from "../ledger.ts";
import { limits } from "../limits.ts";
import { mergeJob, publishJob } from "../tasks.ts";
import { eachOf } from "./each.ts";

export async function closeIntents(deps: GateDeps, ground: Ground, repository: Repository): Promise<void> {
  const { merges, checks } = await ground.inTenant(async (tx) => ({
    merges: await staleAttempts(tx, repository.id, limits.intentAge),
    checks: await tx.many(
      sql`select sha from gate.check_run where tenant_id = ${tx.tenantId} and repository_id = ${repository.id} and open_intent is not null
        and intent_at < clock_timestamp() - ${limits.intentAge} * interval '1 millisecond'`,
      z.object({ sha: shaColumn }),
    ),
  }));
  await eachOf([
    ...merges.map((attempt) => () => closeMerge(deps, ground, repository, attempt)),
    // Its job looks first whether the check run is there, and writes the one outcome.
    () =>
      ground.inTenant(async (tx) => {
        for (const check of checks) await deps.enqueue(tx, publishJob(tx.tenantId, repository.id, check.sha));
      }),
  ]);
}

async function closeMerge(deps: GateDeps, { inTenant }: Ground, repository: Repository, stale: Attempt): Promise<void> {
  if (stale.intent === null) {
    // Asked for and never begun: nothing to recover, the request still stands.
    await inTenant((tx) => deps.enqueue(tx, mergeJob(tx.tenantId, repository.id, stale.id)));
    return;
  }
  await inTenant((lock) =>
    underLock(lock, stale, async () => {
      const attempt = await findAttempt(lock, stale.id);
      if (attempt === null || attempt.intent === null || attempt.state === "done") return;
      const { intent } = attempt;
      const found = attempt.state === "calling" ? await recover({ deps, repository, attempt }) : null;
      const ending = found ?? {
        outcome: "not_performed" as const,
        mergeSha: null,
        body: { why: "the process ended before the merge; ask again" },
      };
      await inTenant((tx) => finish(deps, tx, attempt, intent, ending, randomUUID()));
    }),
  );
}
