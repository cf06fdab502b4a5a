// What a call may use up of a day's budgets, held before it, and what it counts as having used.

import { MOST_CENTS, type Amounts } from "#controls";
import type { Tool } from "#policy";
import type { ToolDeclaration } from "./declaration.ts";
import { TOOL_DECLARATIONS } from "./tools/index.ts";

/** These run programs in the doer's sandbox. */
const RUNS: ReadonlySet<Tool> = new Set<Tool>(["repo.search", "repo.diff", "shell.test"]);

/** The sandbox's own bounds, and the money that it is about. What the circuit breaker never lets through is the breaker's to refuse (X7). */
export const mostOf = ({ name, budget }: ToolDeclaration, cents: number): Partial<Amounts> => ({
  cents: cents > MOST_CENTS ? 0 : cents,
  wallMs: budget.wallMs,
  bytes: budget.outputBytes,
  ...(RUNS.has(name) ? { cpuMs: budget.wallMs, memoryBytes: budget.memoryBytes } : {}),
});

export interface Ran {
  readonly tool: Tool | null;
  /** 0: it was never carried out. */
  readonly wallMs: number;
  readonly bytes: number;
  /** What it has moved, as far as anybody knows; in either direction. */
  readonly cents: number;
}

/**
 * Nobody measures processor time and memory in the sandbox. INVARIANT: they are never counted too low for one processor: all of its running
 * time, and the memory that it could have had.
 */
export const usedBy = ({ tool, wallMs, bytes, cents }: Ran): Partial<Amounts> => ({
  wallMs,
  bytes,
  cents,
  ...(tool !== null && RUNS.has(tool)
    ? { cpuMs: wallMs, memoryBytes: wallMs === 0 ? 0 : TOOL_DECLARATIONS[tool].budget.memoryBytes }
    : {}),
});
