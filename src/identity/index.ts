export { ACT_KINDS, isOperatorKey, isReason, type Act, type ActKind } from "./act.ts";
export type { AgentPrincipal } from "./agent.ts";
export { CAPABILITIES, expiry, isKeyText, KEY_TAG, type Capability } from "./api-key.ts";
export { ROLES, type Person, type Role } from "./people.ts";
export { isKeyName } from "./tagged-key.ts";
