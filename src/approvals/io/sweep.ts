// What nobody clicked, and what was not told: looked at by a job at each deadline, and by a timer after any outage.

import sql from "sql-template-tag";
import { z } from "zod";
import type { AskWorld } from "#audit/io";
import type { JobHandler } from "#platform/jobs";
import { tenantIdColumn } from "#platform/postgres";
import { boardWithIntent, untold } from "./boards.ts";
import { LOOK_TASK, lookJob, lookPayload, TELL_TASK, tellJob } from "./tasks.ts";
import { tellHandler, type TellDeps } from "./tell.ts";

/** For main: the room's jobs by task name. */
export const approvalHandlers = (deps: TellDeps): Readonly<Record<string, JobHandler>> => ({
  [TELL_TASK]: tellHandler(deps),
  [LOOK_TASK]: lookHandler(deps),
});

function lookHandler(deps: TellDeps): JobHandler {
  return async (payload) => {
    const { tenant } = lookPayload.parse(payload);
    const claim = await deps.database.claimFor(tenant);
    if (claim === null) return;
    await deps.database.withTenant(claim, async (tx) => {
      await deps.approvals.expireDue(tx);
      for (const { repository, number } of await untold(tx))
        await deps.enqueue(tx, tellJob(tenant, repository, number));
    });
  };
}

/** For a timer in main. INVARIANT: correct without a webhook and without a job that was not lost: every tenant with anything open is looked at. */
export async function sweepApprovals(deps: Pick<TellDeps, "database" | "enqueue">): Promise<void> {
  const tenants = await deps.database.withPlatform((tx) =>
    tx.many(sql`select platform.active_tenants() as id`, z.object({ id: tenantIdColumn })),
  );
  for (const { id } of tenants) {
    const claim = await deps.database.claimFor(id);
    if (claim === null) continue;
    await deps.database.withTenant(claim, async (tx) => {
      const { open } = await tx.one(
        sql`select exists (select from approvals.approval a where a.tenant_id = ${tx.tenantId}
            and (a.state = 'pending' or a.state = 'approved' and a.used_at is null)) as open`,
        z.object({ open: z.boolean() }),
      );
      if (open || (await untold(tx)).length > 0) await deps.enqueue(tx, lookJob(id, null));
    });
  }
}

/** For the log's reconciler: whoever tells the pull request closes the intent; its job is asked for again. */
export function approvalsWorld(deps: Pick<TellDeps, "database" | "enqueue">): AskWorld {
  return async (claim, intent, conclude) => {
    const board = await deps.database.withTenant(claim, async (tx) => {
      const found = await boardWithIntent(tx, intent.id);
      if (found !== null) await deps.enqueue(tx, tellJob(claim.tenantId, found.repository, found.number));
      return found;
    });
    if (board === null)
      return conclude({
        standing: { kind: "unknown", why: "no pull request waits for it: the table may be older than the log" },
        target: { type: "job", id: TELL_TASK },
      });
    return conclude({
      standing: { kind: "pending", why: "the pull request is not told yet" },
      target: { type: "pull_request", id: `${board.repository}#${board.number}` },
    });
  };
}
