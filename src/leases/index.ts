export * from "./types.ts";
export { reachOf, rule, type Reach, type Ruling, type Why } from "./egress.ts";
export type { GitLease } from "./git.ts";
export { isAdminName } from "./database.ts";
