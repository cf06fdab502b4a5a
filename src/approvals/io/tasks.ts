// The room's jobs: their names, payloads (ids only) and keys.

import { z } from "zod";
import { prNumber, repositoryId, tenantId } from "#kernel";
import type { Instant, PrNumber, RepositoryId, TenantId } from "#kernel";
import type { Job } from "#platform/jobs";
import { branded } from "#platform/postgres";

export const TELL_TASK = "approvals.tell";
export const LOOK_TASK = "approvals.look";

const tenant = branded(z.string(), tenantId);
export const tellPayload = z.object({
  tenant,
  repository: branded(z.number(), repositoryId),
  number: branded(z.number(), prNumber),
});
export const lookPayload = z.object({ tenant });

/** One pull request is told by one job at a time. */
export function tellJob(t: TenantId, repository: RepositoryId, number: PrNumber): Job {
  const name = `${TELL_TASK}:${t}:${repository}#${number}`;
  return { task: TELL_TASK, key: name, queue: name, payload: { tenant: t, repository, number } };
}

/** Ends what is due, and looks at what was told and what was not. */
export function lookJob(t: TenantId, at: Instant | null): Job {
  const name = `${LOOK_TASK}:${t}`;
  return {
    task: LOOK_TASK,
    // One that waits for its time is another one than one that is due now.
    ...(at === null ? { key: name, queue: name } : { queue: name, runAt: at }),
    payload: { tenant: t },
  };
}
