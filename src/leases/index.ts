export { BECAUSE, decide, hasEnded, REQUESTED, type LeaseEvent, type Standing } from "./decide.ts";
export { entriesBetween, sayEnd } from "./entries.ts";
export { limits } from "./limits.ts";
export { remaining, type Moment } from "./time.ts";
export * from "./types.ts";
export { rule, type Reach, type Ruling } from "./egress.ts";
export { rulePush, type PushRuling } from "./push.ts";
export { isAdminName, isConnectionUrl } from "./database.ts";
export { egressHosts } from "./hosts.ts";
