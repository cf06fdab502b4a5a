// Relations of the server's own. Those of its schemas are refused unless they are listed here.

const set = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Grants, passwords, routines, logs of statements; and views that run functions of their own. */
export const SYSTEM_SCHEMAS = new Set(["mysql", "sys", "information_schema", "performance_schema", "ndbinfo"]);

/** Names, sizes and states; nothing of another session's statements, no sample values, no buffer contents. */
const INFORMATION_SCHEMA = set(`
  applicable_roles character_sets check_constraints collation_character_set_applicability collations column_privileges columns enabled_roles engines
  global_status key_caches key_column_usage keywords parameters partitions plugins referential_constraints routines schema_privileges schemata
  session_status sql_functions st_geometry_columns st_spatial_reference_systems statistics table_constraints table_privileges table_statistics tables
  index_statistics triggers user_privileges views innodb_metrics innodb_buffer_pool_stats view_table_usage view_routine_usage events
  administrable_role_authorizations role_table_grants role_column_grants columns_extensions tables_extensions
`);

const PERFORMANCE_SCHEMA = set(`
  events_waits_summary_global_by_event_name file_summary_by_event_name global_status session_status
  memory_summary_global_by_event_name metadata_locks objects_summary_global_by_type status_by_account status_by_user table_handles
  table_io_waits_summary_by_index_usage table_io_waits_summary_by_table table_lock_waits_summary_by_table
`);

/** Whether a relation of a schema of the server's own may be read. Names are compared without case: the server does. */
export function systemRelation(schema: string, name: string): "own" | "reviewed" | "refused" {
  const of = schema.toLowerCase();
  if (!SYSTEM_SCHEMAS.has(of)) return "own";
  const relation = name.toLowerCase();
  const listed =
    (of === "information_schema" && INFORMATION_SCHEMA.has(relation)) ||
    (of === "performance_schema" && PERFORMANCE_SCHEMA.has(relation));
  return listed ? "reviewed" : "refused";
}
