import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Logger, run, type JobHelpers, type Runner, type TaskList, type WorkerEvents } from "graphile-worker";
import { Fault } from "#kernel";
import { openPool } from "#platform/postgres";
import { NOT_BEFORE } from "./enqueue.ts";
import { keepAlive, type Liveness } from "./liveness.ts";
import type { JobHandler, Workers } from "./types.ts";

export interface Problem {
  readonly kind: "job_failed" | "job_given_up" | "queue_unreachable";
  readonly task: string | null;
  readonly attempt: number;
  readonly error: unknown;
}

export interface WorkerOptions {
  /** The app's own login, direct (not through a transaction-mode pooler). */
  readonly url: string;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly concurrency?: number;
  readonly pollIntervalMs?: number;
  /** How long `drain` lets jobs finish before their signal is aborted. */
  readonly drainMs?: number;
  readonly onProblem?: (problem: Problem) => void;
}

const DRAIN_MS = 20_000;
const RESTART_MS = 1_000;

/** Starts taking jobs. The process's signals are left to main, which calls `drain`. */
export async function startWorkers(options: WorkerOptions): Promise<Workers> {
  const report = options.onProblem ?? (() => {});
  const unreachable = (error: Error): void => report({ kind: "queue_unreachable", task: null, attempt: 0, error });
  const concurrency = options.concurrency ?? 4;
  const pool = openPool({ url: options.url, max: concurrency + 2, onError: unreachable });
  const events: WorkerEvents = new EventEmitter();
  const alive: Liveness[] = [];
  events.on("pool:create", ({ workerPool }) =>
    alive.push(keepAlive({ url: options.url, poolId: workerPool.id, onError: unreachable })),
  );
  events.on("pool:listen:error", ({ error }) => unreachable(asError(error)));
  events.on("pool:fatalError", ({ error }) => unreachable(asError(error)));
  events.on("worker:getJob:error", ({ error }) => unreachable(asError(error)));
  events.on("job:error", ({ job, error }) =>
    report({ kind: "job_failed", task: job.task_identifier, attempt: job.attempts, error: behind(error) }),
  );
  events.on("job:failed", ({ job, error }) =>
    report({ kind: "job_given_up", task: job.task_identifier, attempt: job.attempts, error: behind(error) }),
  );
  const start = (): Promise<Runner> =>
    run({
      pgPool: pool,
      concurrency,
      pollInterval: options.pollIntervalMs ?? 1_000,
      noHandleSignals: true,
      gracefulShutdownAbortTimeout: options.drainMs ?? DRAIN_MS,
      // Its own log quotes error messages and stacks; ours scrubs, so it gets events instead.
      logger: new Logger(() => () => {}),
      events,
      parsedCronItems: [],
      taskList: tasksFrom(options.handlers),
      // Without a batch, an outcome that cannot be written is a rejection that nobody handles, and ends the process.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
  const stop = new AbortController();
  let runner = await start();
  const running = keepRunning();

  /** One that could not write how a job ended takes no more. Its end frees the job, and the next one runs it again. */
  async function keepRunning(): Promise<void> {
    while (!stop.signal.aborted) {
      await runner.promise.catch((error: unknown) => unreachable(asError(error)));
      // Only now: as long as a job runs, the lock must say that we live.
      await Promise.all(alive.splice(0).map((each) => each.end()));
      while (!stop.signal.aborted) {
        const next = await start().catch((error: unknown) => unreachable(asError(error)));
        if (next !== undefined) {
          runner = next;
          break;
        }
        await pause(RESTART_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
  }

  return {
    async drain() {
      stop.abort();
      await runner.stop().catch(() => {});
      await running;
      await pool.end();
    },
  };
}

function tasksFrom(handlers: Readonly<Record<string, JobHandler>>): TaskList {
  const tasks: TaskList = {};
  for (const [name, handler] of Object.entries(handlers)) {
    tasks[name] = async (payload, helpers) => {
      try {
        await handler(withoutNotBefore(payload), helpers.abortSignal ?? new AbortController().signal);
      } catch (error) {
        if (error instanceof Fault && error.retryAfterMs !== undefined) await putOff(helpers, error.retryAfterMs);
        throw new JobError(error);
      }
    };
  }
  return tasks;
}

/**
 * INVARIANT: what the queue keeps of a failure is a code. It writes an error's message into the job's row, which no row-level security
 * guards, and a message may quote what is one tenant's. The error itself goes to the log, through its scrubber.
 */
class JobError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Fault ? cause.code : "internal", { cause });
    this.name = "JobError";
  }
}

const behind = (error: unknown): unknown => (error instanceof JobError ? error.cause : error);

/**
 * The queue sets the next try to run_at plus its back-off of exp(attempts) seconds. Moving run_at while the job is still
 * ours makes that sum the later of both: never before GitHub said, and before the failure is written, so a crash loses nothing.
 */
async function putOff(helpers: JobHelpers, retryAfterMs: number): Promise<void> {
  await helpers.withPgClient((client) =>
    client.query(
      `update graphile_worker._private_jobs
       set run_at = now() + greatest(interval '0', $2::double precision * interval '1 millisecond' - exp(least(attempts, 10)) * interval '1 second'),
         payload = payload::jsonb || jsonb_build_object($3::text, floor(extract(epoch from now()) * 1000 + $2::double precision))
       where id = $1`,
      [helpers.job.id, retryAfterMs, NOT_BEFORE],
    ),
  );
}

/** The instant stands in the row for later events to heed (enqueue.ts); handlers have strict schemas. */
function withoutNotBefore(payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null) return payload;
  return Object.fromEntries(Object.entries(payload).filter(([name]) => name !== NOT_BEFORE));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error("not an Error was thrown");
}
