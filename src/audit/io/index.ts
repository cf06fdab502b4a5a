export { createAudit, type Append, type Audit } from "./audit.ts";
export {
  intentHandlers,
  reconcileIntents,
  sweepIntents,
  type Answer,
  type AskWorld,
  type Conclude,
  type ReconcileParts,
} from "./intents.ts";
export type { ReadEntry } from "./recent.ts";
