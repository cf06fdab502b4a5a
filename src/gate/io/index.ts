export { createIntake } from "./intake.ts";
export type { Intake, MergeAnswer, MergeRequest } from "./intake.ts";
export type { Evidence, PullRequestRef, RepositoryRef, Work } from "./evidence.ts";
export type { GateDeps, Step } from "./deps.ts";
export { gateHandlers } from "./handlers.ts";
export { gateWorld } from "./reconcile/world.ts";
export { sweep } from "./reconcile/reconcile.ts";
export { recordRequester, type RequesterRecord } from "./requesters.ts";
export { inspect, type Inspected } from "./inspect.ts";
