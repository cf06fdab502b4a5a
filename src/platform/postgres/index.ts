export { instantColumn, branded, tenantIdColumn } from "./columns.ts";
<<<<<<< HEAD
export { createDatabase } from "./database.ts";
export { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded.ts";
export { DatabaseFault } from "./fault.ts";
export { migrate } from "./migrate.ts";
=======
export { createDatabase, type DatabaseOptions } from "./database.ts";
export { runningEmbeddedPostgres, startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedPostgres } from "./embedded.ts";
export { DatabaseFault, databaseFault } from "./fault.ts";
export { databaseMark, markDatabase, recreateDatabase } from "./mark.ts";
export { migrate, type MigrateOptions } from "./migrate.ts";
>>>>>>> 3683ae2 (main: wiring of serve, demo, migrate, tenant; demo pages (wip))
export { withOperator, type OperatorOptions } from "./operator.ts";
export { openPool } from "./pool.ts";
export { grantDatabase } from "./roles.ts";
export * from "./types.ts";
