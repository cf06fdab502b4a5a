// Functions that the catalog's volatility would judge wrongly, in both directions, each with its reason.

import type { Rule } from "../refusal.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** VOLATILE in the catalog, and harmless: they read a clock, a counter, a size or a position, and keep nothing. */
export const HARMLESS_VOLATILE: readonly string[] = words(`
  clock_timestamp timeofday random random_normal array_sample array_shuffle gen_random_uuid uuidv4 uuidv7
  pg_database_size pg_indexes_size pg_relation_size pg_table_size pg_tablespace_size pg_total_relation_size
  pg_blocking_pids pg_safe_snapshot_blocking_pids pg_lock_status pg_jit_available pg_notification_queue_usage
  pg_collation_actual_version pg_database_collation_actual_version
  pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_last_wal_receive_lsn pg_last_wal_replay_lsn
  pg_last_xact_replay_timestamp pg_is_in_recovery pg_is_wal_replay_paused pg_get_wal_replay_pause_state
  pg_last_committed_xact pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status txid_status pg_prepared_xact
  pg_partition_ancestors pg_partition_tree pg_sequence_last_value pg_get_wait_events
  pg_control_checkpoint pg_control_init pg_control_recovery pg_control_system
  pg_stat_get_recovery_prefetch pg_stat_get_io pg_stat_get_backend_io pg_stat_get_backend_wal
  pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time
  pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
  pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated
  pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated
`);

interface Forbidden {
  readonly rule: Rule;
  readonly says: string;
  readonly instead?: string;
  readonly names: string;
}

/** Known by name, so that the refusal can say why. The IMMUTABLE and STABLE ones among them are forbidden only by this table. */
const FORBIDDEN: readonly Forbidden[] = [
  {
    rule: "function.sql_text",
    says: "runs SQL that is given to it as text, which the guard would never see",
    instead: "Write that query as the statement itself, or as a subquery.",
    names: `query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema ts_stat ts_rewrite
      dblink dblink_exec dblink_open dblink_fetch dblink_send_query crosstab crosstab2 crosstab3 crosstab4 crosstabn connectby xpath_table`,
  },
  {
    rule: "function.reads_elsewhere",
    says: "reads whole tables that the statement does not name",
    instead: "Select from the tables themselves; row_to_json, json_agg and xmlforest shape the result.",
    names: `table_to_xml table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema
      database_to_xml database_to_xmlschema database_to_xml_and_xmlschema currtid2 lo_get loread`,
  },
  {
    rule: "function.user",
    says: "runs the functions that a partitioned table was made with, which the statement does not name",
    instead: "tableoid::regclass of a row says in which partition it lies.",
    names: "satisfies_hash_partition",
  },
  {
    rule: "function.secret",
    says: "shows sample values",
    instead: "Ask for counts rather than samples.",
    names: "pg_mcv_list_items",
  },
  {
    rule: "function.effect",
    says: "holds the connection and whatever it has locked",
    instead: "Run the query again later instead of waiting inside it.",
    names: "pg_sleep pg_sleep_for pg_sleep_until",
  },
  {
    rule: "function.effect",
    says: "takes or gives back a lock that other sessions wait for; a session lock stays after ROLLBACK",
    instead: "pg_locks shows who holds what.",
    names: `pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared
      pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
      pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared`,
  },
  {
    rule: "function.effect",
    says: "ends or interrupts another session",
    instead: "pg_stat_activity shows the session; a person decides about ending it.",
    names: "pg_cancel_backend pg_terminate_backend pg_log_backend_memory_contexts",
  },
  {
    rule: "function.effect",
    says: "changes a setting of the session, the transaction mode included",
    instead: "current_setting('name') reads a setting.",
    names: "set_config setseed",
  },
  {
    rule: "function.effect",
    says: "moves a sequence, or asks what this session moved",
    instead: "SELECT last_value FROM the sequence, or pg_sequences, shows where it stands.",
    names: "nextval setval currval lastval pg_nextoid",
  },
  {
    rule: "function.effect",
    says: "uses up a transaction id, which ROLLBACK does not give back",
    instead: "pg_current_xact_id_if_assigned() and pg_current_snapshot() read without using one up.",
    names: "txid_current pg_current_xact_id",
  },
  {
    rule: "function.effect",
    says: "writes to the write-ahead log, a slot or a replica, which ROLLBACK does not undo",
    instead: "pg_replication_slots, pg_stat_replication and pg_current_wal_lsn() show the state.",
    names: `pg_logical_emit_message pg_create_restore_point pg_switch_wal pg_wal_replay_pause pg_wal_replay_resume pg_promote
      pg_create_physical_replication_slot pg_create_logical_replication_slot pg_copy_physical_replication_slot
      pg_copy_logical_replication_slot pg_drop_replication_slot pg_replication_slot_advance pg_sync_replication_slots
      pg_logical_slot_get_changes pg_logical_slot_peek_changes pg_logical_slot_get_binary_changes pg_logical_slot_peek_binary_changes
      pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_advance pg_replication_origin_session_setup
      pg_replication_origin_session_reset pg_replication_origin_xact_setup pg_replication_origin_xact_reset pg_log_standby_snapshot
      pg_backup_start pg_backup_stop pg_start_backup pg_stop_backup pg_export_snapshot`,
  },
  {
    rule: "function.effect",
    says: "writes or reads large objects outside of any table",
    instead: "Ask a person for the object's content.",
    names: `lo_open lo_close lo_creat lo_create lo_from_bytea lo_import lo_export lo_put lo_unlink lo_lseek lo_lseek64 lo_tell lo_tell64
      lo_truncate lo_truncate64 lowrite`,
  },
  {
    rule: "function.effect",
    says: "reaches files or the configuration of the server's machine",
    instead: "pg_settings shows settings; a person reads files.",
    names: `pg_read_file pg_read_binary_file pg_stat_file pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir pg_ls_archive_statusdir
      pg_ls_summariesdir pg_ls_logicalsnapdir pg_ls_logicalmapdir pg_ls_replslotdir pg_current_logfile pg_hba_file_rules
      pg_ident_file_mappings pg_show_all_file_settings pg_reload_conf pg_rotate_logfile pg_file_write pg_file_unlink pg_file_rename
      pg_file_sync pg_logdir_ls pg_config fmgr_c_validator fmgr_internal_validator fmgr_sql_validator plpgsql_validator
      postgresql_fdw_validator pg_import_system_collations`,
  },
  {
    rule: "function.effect",
    says: "sends a message, or changes statistics or indexes",
    instead: "The views pg_stat_* and pg_statio_* show the figures.",
    names: `pg_notify pg_stat_reset pg_stat_reset_shared pg_stat_reset_slru pg_stat_reset_single_table_counters
      pg_stat_reset_single_function_counters pg_stat_reset_replication_slot pg_stat_reset_subscription_stats pg_stat_reset_backend_stats
      pg_stat_clear_snapshot pg_stat_force_next_flush pg_stat_statements_reset pg_clear_relation_stats pg_clear_attribute_stats
      pg_restore_relation_stats pg_restore_attribute_stats brin_summarize_new_values brin_summarize_range brin_desummarize_range
      gin_clean_pending_list amvalidate pg_extension_config_dump
      pg_event_trigger_ddl_commands pg_event_trigger_dropped_objects pg_event_trigger_table_rewrite_oid pg_event_trigger_table_rewrite_reason`,
  },
];

export interface Reason {
  readonly rule: Rule;
  readonly says: string;
  readonly instead?: string;
}

const REASONS: ReadonlyMap<string, Reason> = new Map(
  FORBIDDEN.flatMap(({ names, ...reason }) => words(names).map((name) => [name, reason] as const)),
);

/** Why a function of this name is forbidden, wherever it lives. */
export const forbidden = (name: string): Reason | undefined => REASONS.get(name);
