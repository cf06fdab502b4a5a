import sql from "sql-template-tag";
import type { Enqueue } from "./types.ts";

const DEFAULT_ATTEMPTS = 25;

/**
 * In the caller's transaction. A second job of the same key replaces the payload of the one that has not started, but
 * keeps its time: a stream of events can put it off no further than the first of them did. Where that job is running, a
 * new one is made, since what it read may be older than this event.
 */
export const enqueue: Enqueue = async (tx, job) => {
  const runAt = job.runAt === undefined ? null : new Date(job.runAt);
  await tx.run(sql`select graphile_worker.add_job(
    identifier => ${job.task}::text,
    payload => ${JSON.stringify(job.payload)}::json,
    queue_name => ${job.queue ?? null}::text,
    run_at => ${runAt}::timestamptz,
    max_attempts => ${job.maxAttempts ?? DEFAULT_ATTEMPTS}::integer,
    job_key => ${job.key ?? null}::text,
    job_key_mode => 'preserve_run_at')`);
};
