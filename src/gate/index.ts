export * from "./facts.ts";
export * from "./policy-types.ts";
export * from "./verdict.ts";
export { effectivePolicy } from "./policy.ts";
export { parseSnapshot } from "./snapshot.ts";
export type { SnapshotResult } from "./snapshot.ts";
