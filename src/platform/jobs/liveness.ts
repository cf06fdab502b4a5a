import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

/** First key of our advisory locks that say "this pool of workers lives"; the second is the hash of its id. */
const ALIVE_CLASS = 20_307;
const SWEEP_MS = 2_000;
const RECONNECT_MS = 1_000;
/** A lock younger than this may belong to a process that has not said yet that it lives. */
const GRACE_SECONDS = 5;

export interface Liveness {
  end(): Promise<void>;
}

const claimAlive = "select pg_advisory_lock($1::integer, hashtext($2))";

/** What dead pools had taken goes back: their jobs and their queues, in one statement. */
const releaseDead = `
  with locked as (
    select locked_by, locked_at from graphile_worker._private_jobs where locked_at is not null
    union all
    select locked_by, locked_at from graphile_worker._private_job_queues where locked_at is not null
  ), dead as (
    select l.locked_by from locked l group by l.locked_by
    having max(l.locked_at) < now() - make_interval(secs => $2::integer) and not exists (
      select from pg_catalog.pg_locks a
      where a.locktype = 'advisory' and a.granted and a.classid = $1::oid and a.objsubid = 2
        and a.objid::bigint = hashtext(l.locked_by)::bigint & 4294967295
        and a.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database()))
  )
  select graphile_worker.force_unlock_workers(array(select locked_by from dead)) where exists (select from dead)`;

/**
 * Holds an advisory lock for as long as this process lives, and hands the jobs of processes that do not live any more to
 * the others. The queue's own rule is to wait four hours; a killed process's connection is closed by its kernel at once.
 * A session lock needs a session: behind a transaction-mode pooler give the workers a direct URL.
 */
export function keepAlive(options: {
  readonly url: string;
  readonly poolId: string;
  readonly onError: (error: Error) => void;
}): Liveness {
  const stop = new AbortController();
  const running = live();

  async function live(): Promise<void> {
    while (!stop.signal.aborted) {
      await session().catch(options.onError);
      await pause(RECONNECT_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  async function session(): Promise<void> {
    const client = new pg.Client({
      connectionString: options.url,
      keepAlive: true,
      application_name: "countersign workers alive",
    });
    client.on("error", options.onError);
    try {
      await client.connect();
      await client.query(claimAlive, [ALIVE_CLASS, options.poolId]);
      while (!stop.signal.aborted) {
        await client.query(releaseDead, [ALIVE_CLASS, GRACE_SECONDS]);
        await pause(SWEEP_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    } finally {
      await client.end().catch(() => {});
    }
  }

  return {
    async end() {
      stop.abort();
      await running;
    },
  };
}
