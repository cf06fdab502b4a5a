export { decideIntent, isDue, type IntentStep, type OpenIntent, type Standing } from "./intents.ts";
export * from "./types.ts";
export * from "./proof.ts";
