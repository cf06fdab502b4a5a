export { ACT_KINDS, isOperatorKey, isReason, type Act, type ActKind } from "./act.ts";
export { isToolName, MOST_TOOLS, type AgentPrincipal } from "./agent.ts";
export { expiry, isKeyText, KEY_TAG, READER_CAPABILITIES, type Capability } from "./api-key.ts";
export { isLogin, ROLES, type Person, type Role } from "./people.ts";
export { parseCookie, SESSION, type Session } from "./session.ts";
export { isKeyName } from "./tagged-key.ts";
