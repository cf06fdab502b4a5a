export { dialectOf, DIALECTS, TITLES, type Dialect } from "./dialect.ts";
export { LIMITS } from "./limits.ts";
export { RUN_LIMITS, type RunLimits, type RunRecord, type RunResult, type ServerError } from "./result.ts";
export type { Place, Refusal, Rule } from "./refusal.ts";
export { RULES } from "./rules.ts";
export type { Schema, TableShape } from "./schema.ts";
export type { Verdict } from "./verdict.ts";
export { MAJORS, majorOf, type Major } from "./postgres/majors.ts";
export { unknownVersion, VERSIONS, type Dialect as MysqlDialect } from "./mysql/versions.ts";
