// Relations of the catalog that hold secrets or rows in another form.

import type { Mask } from "../masks.ts";
import type { Rule } from "../refusal.ts";
import type { Name } from "./names.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const SECRET = words(`
  pg_authid pg_shadow pg_user_mapping pg_user_mappings pg_hba_file_rules pg_ident_file_mappings pg_file_settings pg_subscription
  pg_largeobject pg_db_role_setting user_mapping_options _pg_user_mappings pg_config pg_backend_memory_contexts
`);

/** The planner's statistics hold the most common values of each column. */
const SAMPLES = words("pg_statistic pg_statistic_ext_data pg_stats pg_stats_ext pg_stats_ext_exprs");

/** What somebody set for a role, which may be a secret: as in pg_db_role_setting. Hidden as a client's own masked columns are. */
const SETTINGS_OF_ROLES: readonly Mask[] = [
  { schema: "pg_catalog", table: "pg_roles", column: "rolconfig" },
  { schema: "pg_catalog", table: "pg_user", column: "useconfig" },
];

/** The server's own columns that are hidden, of the relations that a statement, or a view behind it, names. */
export const hiddenOf = (names: readonly Name[]): readonly Mask[] =>
  SETTINGS_OF_ROLES.filter(({ table }) => names.some(({ kind, name }) => kind === "relation" && name === table));

/** Whatever its schema is written as: a table of the client with such a name is not worth the doubt. */
export function relationRule(schema: string | null, name: string): Rule | null {
  if (SECRET.has(name) || schema === "pg_toast") return "relation.secret";
  return SAMPLES.has(name) ? "relation.samples" : null;
}
