import { z } from "zod";
import type { ClientServer } from "./client-server.ts";

const probed = z.object({
  sessions: z.number(),
  advisoryLocks: z.number(),
  preparedTransactions: z.number(),
  largeObjects: z.number(),
  slots: z.number(),
  nextTransaction: z.string(),
  walMessages: z.number(),
  settings: z.string(),
  snapshots: z.number(),
  tables: z.string(),
});

export type Probed = z.infer<typeof probed>;

/** What a query could leave behind in the whole server: nothing of it may differ before and after. */
export async function probe(t: ClientServer, since: string): Promise<Probed> {
  // A session that was told to end may take a moment to be gone.
  for (let tries = 0; ; tries++) {
    const [row] = await t.adminSql(
      `select
      (select count(*)::int from pg_stat_activity where application_name like 'countersign-sqlguard%') as sessions,
      (select count(*)::int from pg_locks where locktype = 'advisory') as "advisoryLocks",
      (select count(*)::int from pg_prepared_xacts) as "preparedTransactions",
      (select count(*)::int from pg_largeobject_metadata) as "largeObjects",
      (select count(*)::int from pg_replication_slots) as slots,
      pg_snapshot_xmax(pg_current_snapshot())::text as "nextTransaction",
      (select count(*)::int from pg_get_wal_records_info($1::pg_lsn, 'FFFFFFFF/FFFFFFFF')
        where resource_manager = 'LogicalMessage') as "walMessages",
      (select md5(string_agg(setdatabase::text || setrole::text || setconfig::text, ',')) from pg_db_role_setting)::text || '' as settings,
      (select count(*)::int from pg_ls_dir('pg_snapshots')) as snapshots,
      (select string_agg(x, ',') from (select relname || n_tup_ins || '/' || n_tup_upd || '/' || n_tup_del as x
        from pg_stat_user_tables where schemaname = 'shop' order by 1) s) as tables`,
      [since],
    );
    const now = probed.parse({ ...row, settings: row?.["settings"] ?? "" });
    if (now.sessions === 0 || tries > 500) return now;
  }
}
