export { backOff, nextOf, type Next } from "./decide.ts";
export { limits, PACES } from "./limits.ts";
export * from "./marks.ts";
export * from "./types.ts";
