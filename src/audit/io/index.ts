export { createAudit, type Append, type Audit } from "./audit.ts";
export type { ReadEntry } from "./recent.ts";
