export { sandboxCommand } from "./command.ts";
export { readLines, type Lines } from "./lines.ts";
export { refusedCalls, seccompFilter, type Machine } from "./seccomp.ts";
export type { SandboxBudget, SandboxJob, SandboxMount, SandboxOutcome, SandboxState } from "./types.ts";
