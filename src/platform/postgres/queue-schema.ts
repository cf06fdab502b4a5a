import { Logger, runMigrations } from "graphile-worker";
import type pg from "pg";
import { appRole, roleNames } from "./schema.ts";

const silent = new Logger(() => () => {});

/**
 * The job queue's own schema, installed by its library, owned by ours. Its tables have row-level security switched on
 * without a policy, so the app gets one on each table it works with; rights are by verb and the migration log is read only.
 */
export async function installQueue(owner: pg.Pool): Promise<void> {
  await runMigrations({ pgPool: owner, logger: silent });
  await owner.query(`do $do$
  declare
    t text;
  begin
    foreach t in array array['_private_jobs', '_private_job_queues', '_private_tasks', '_private_known_crontabs'] loop
      if not exists (select from pg_catalog.pg_policies where schemaname = 'graphile_worker' and tablename = t and policyname = 'queue') then
        execute format('create policy queue on graphile_worker.%I to ${appRole} using (true) with check (true)', t);
      end if;
      execute format('grant select, insert, update, delete on graphile_worker.%I to ${appRole}', t);
    end loop;
  end $do$`);
  await owner.query(`
    grant usage on schema graphile_worker to ${appRole};
    grant select on graphile_worker.migrations, graphile_worker.jobs to ${appRole};
    grant usage on all sequences in schema graphile_worker to ${appRole};
    grant execute on all functions in schema graphile_worker to ${appRole};
    grant usage on schema graphile_worker to ${roleNames.auditor};
    grant select on all tables in schema graphile_worker to ${roleNames.auditor}`);
}
