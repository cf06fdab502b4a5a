export { instantColumn, branded, tenantIdColumn } from "./columns.ts";
export { createDatabase, type DatabaseOptions } from "./database.ts";
export { startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedPostgres } from "./embedded.ts";
export { DatabaseFault, databaseFault } from "./fault.ts";
export { migrate, type MigrateOptions } from "./migrate.ts";
export { withOperator, type OperatorOptions } from "./operator.ts";
export { openPool, type PoolOptions } from "./pool.ts";
export { grantDatabase } from "./roles.ts";
export * from "./types.ts";
