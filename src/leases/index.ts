export {
  BECAUSE,
  decide,
  hasEnded,
  REQUESTED,
  type Because,
  type Effect,
  type LeaseEvent,
  type Standing,
} from "./decide.ts";
export { entriesBetween, sayEnd, type Told } from "./entries.ts";
export { limits } from "./limits.ts";
export { whyRefused } from "./request.ts";
export { remaining, type Moment } from "./time.ts";
export * from "./types.ts";
export { reachOf, rule, type Reach, type Ruling, type Why } from "./egress.ts";
export type { GitLease } from "./git.ts";
export { rulePush, type PushRuling } from "./push.ts";
export { isAdminName, isConnectionUrl } from "./database.ts";
export { egressHosts, type EgressHosts } from "./hosts.ts";
