import sql from "sql-template-tag";
import type { Enqueue } from "./types.ts";

const DEFAULT_ATTEMPTS = 25;

/** Member of a payload that says, in milliseconds since the Unix epoch, when the dependency may be asked again (workers.ts). */
export const NOT_BEFORE = "$notBefore";

/**
 * In the caller's transaction. A second job of the same key replaces the payload of the one that has not started, but
 * keeps its time: a stream of events can put it off no further than the first of them did. Where that job is running, a
 * new one is made, since what it read may be older than this event. Where it waits because GitHub said until when, no
 * event makes it ask sooner.
 */
export const enqueue: Enqueue = async (tx, job) => {
  const runAt = job.runAt === undefined ? null : new Date(job.runAt);
  await tx.run(sql`select graphile_worker.add_job(
    identifier => ${job.task}::text,
    payload => ${JSON.stringify(job.payload)}::json,
    queue_name => ${job.queue ?? null}::text,
    run_at => greatest(${runAt}::timestamptz, (
      select to_timestamp((waiting.payload ->> ${NOT_BEFORE})::double precision / 1000)
      from graphile_worker._private_jobs waiting where waiting.key = ${job.key ?? null} and waiting.locked_at is null)),
    max_attempts => ${job.maxAttempts ?? DEFAULT_ATTEMPTS}::integer,
    job_key => ${job.key ?? null}::text,
    job_key_mode => 'preserve_run_at')`);
};
