// The gate's jobs: their names, payloads (ids only) and keys. One key, one queue: events about one thing make one job, and
// no two jobs about it run at the same time.

import { z } from "zod";
import { Fault, commitSha, plus, prNumber, repositoryId, tenantId } from "#kernel";
import type { CommitSha, Instant, PrNumber, RepositoryId, TenantId } from "#kernel";
import type { Job } from "#platform/jobs";
import { branded } from "#platform/postgres";
import { limits } from "./limits.ts";

const tenant = branded(z.string(), tenantId);
const repository = branded(z.number(), repositoryId);
const sha = branded(z.string(), commitSha);

export const evaluatePayload = z.object({ tenant, repository, number: branded(z.number(), prNumber) });
export const shaPayload = z.object({ tenant, repository, sha });
export const mergePayload = z.object({ tenant, attempt: z.uuid() });
export const repositoryPayload = z.object({ tenant, repository });

export function parsePayload<T>(shape: z.ZodType<T>, payload: unknown): T {
  const parsed = shape.safeParse(payload);
  if (!parsed.success)
    throw new Fault("input_invalid", "A job's payload has another shape than this version of the program writes.");
  return parsed.data;
}

function single(task: string, name: string): Pick<Job, "task" | "key" | "queue"> {
  return { task, key: `${task}:${name}`, queue: `${task}:${name}` };
}

/** `from`: the first event's time by the database's clock; later ones do not put it off. */
export function evaluateJob(t: TenantId, r: RepositoryId, n: PrNumber, from: Instant): Job {
  return {
    ...single("gate.evaluate", `${t}:${r}#${n}`),
    payload: { tenant: t, repository: r, number: n },
    runAt: plus(from, limits.settle),
  };
}

export function publishJob(t: TenantId, r: RepositoryId, s: CommitSha): Job {
  return { ...single("gate.publish", `${t}:${r}:${s}`), payload: { tenant: t, repository: r, sha: s } };
}

export function groupJob(t: TenantId, r: RepositoryId, s: CommitSha): Job {
  return { ...single("gate.group", `${t}:${r}:${s}`), payload: { tenant: t, repository: r, sha: s } };
}

export function mergeJob(t: TenantId, r: RepositoryId, attempt: string): Job {
  return {
    task: "gate.merge",
    key: `gate.merge:${attempt}`,
    queue: `gate.merge:${t}:${r}`,
    payload: { tenant: t, attempt },
  };
}

export function watchJob(t: TenantId, r: RepositoryId): Job {
  return { ...single("gate.watch", `${t}:${r}`), payload: { tenant: t, repository: r } };
}

export function reconcileJob(t: TenantId, r: RepositoryId): Job {
  return { ...single("gate.reconcile", `${t}:${r}`), payload: { tenant: t, repository: r } };
}
