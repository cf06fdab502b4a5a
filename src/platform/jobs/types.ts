import type { Instant, TenantId } from "#kernel";
import type { PlatformTx, TenantTx } from "../postgres/types.ts";

/** Ids only: a job row is not under row-level security, so nothing of a tenant's may stand in it. */
export type JobPayload = Readonly<Record<string, string | number>> & { readonly tenant: TenantId };

export interface Job {
  readonly task: string;
  readonly payload: JobPayload;
  /** Jobs with the same key that have not started yet are one job (events are coalesced). */
  readonly key?: string;
  /** Jobs of one queue run one after the other (single-flight). */
  readonly queue?: string;
  readonly runAt?: Instant;
  readonly maxAttempts?: number;
}

/** Written in the caller's transaction: the job exists exactly when the state it is about does. */
export type Enqueue = (tx: TenantTx | PlatformTx, job: Job) => Promise<void>;

/** A handler that rejects is retried with back-off; `Fault.retryAfterMs` moves the next try. */
export type JobHandler = (payload: unknown, signal: AbortSignal) => Promise<void>;

export interface Workers {
  /** Stops taking jobs and resolves when those under way are done. */
  drain(): Promise<void>;
}
