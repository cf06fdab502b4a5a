export { decideIntent, isDue, type IntentStep, type OpenIntent, type Standing } from "./intents.ts";
export * from "./checkpoint-store.ts";
export * from "./rotation.ts";
export * from "./signer.ts";
export * from "./signing.ts";
export * from "./types.ts";
export * from "./proof.ts";
export { EVERYTHING, parseFilter, type EntryFilter, type FilterText, type ParsedFilter } from "./filter.ts";
export * from "./acknowledgement.ts";
