export { instantColumn, branded, tenantIdColumn } from "./columns.ts";
export { createDatabase } from "./database.ts";
export { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded.ts";
export { DatabaseFault } from "./fault.ts";
export { migrate } from "./migrate.ts";
export { withOperator, type OperatorOptions } from "./operator.ts";
export { openPool } from "./pool.ts";
export { grantDatabase } from "./roles.ts";
export * from "./types.ts";
