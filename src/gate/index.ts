export * from "./facts.ts";
export * from "./policy-types.ts";
export * from "./verdict.ts";
export { effectivePolicy } from "./policy.ts";
