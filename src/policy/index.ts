export { BASELINE } from "./baseline.ts";
export { parseCases, type Case } from "./cases.ts";
export { FLOOR_HASH } from "./floor.ts";
export { parseFacts, type Facts } from "./facts.ts";
export { LIMITS } from "./limits.ts";
export { observed } from "./observe.ts";
export { cited, type Finding, type Layer } from "./rule.ts";
export { TOOL_NAMES, TOOLS, type Tool } from "./tools.ts";
export type { Colour, Engine, Verdict } from "./verdict.ts";
