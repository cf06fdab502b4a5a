import sql from "sql-template-tag";
import { Fault } from "#kernel";
import type { Enqueue, Job } from "./types.ts";

const DEFAULT_ATTEMPTS = 25;

/** A uuid, a commit, a delivery's id: one word, short, of letters and digits. */
const ID = /^[A-Za-z0-9-]{1,100}$/;
/** Keys and queues: a task's name and ids. */
const NAME = /^[A-Za-z0-9._:#-]{1,250}$/;

/** INVARIANT: the rows of jobs, which no row-level security guards, hold ids. Text of a client's has no way in, not even by a mistake of ours. */
function refuseText({ task, payload, key, queue }: Job): void {
  for (const [name, value] of Object.entries(payload))
    if (typeof value === "string" && !ID.test(value))
      throw new Fault("invariant_broken", `The job ${task} was to carry text (${name}). Jobs carry ids only.`);
  for (const name of [key, queue])
    if (name !== undefined && !NAME.test(name))
      throw new Fault("invariant_broken", `The job ${task} was to be named by more than ids.`);
}

/** Member of a payload that says, in milliseconds since the Unix epoch, when the dependency may be asked again (workers.ts). */
export const NOT_BEFORE = "$notBefore";

/**
 * In the caller's transaction. A second job of the same key replaces the payload of the one that has not started, but
 * keeps its time: a stream of events can put it off no further than the first of them did. Where that job is running, a
 * new one is made, since what it read may be older than this event. Where it waits because GitHub said until when, no
 * event makes it ask sooner.
 */
export const enqueue: Enqueue = async (tx, job) => {
  refuseText(job);
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
