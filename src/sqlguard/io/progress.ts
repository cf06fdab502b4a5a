import type { Dialect } from "../dialect.ts";
import type { Refusal } from "../refusal.ts";
import type { RunResult } from "../result.ts";

export type Unrecorded = RunResult extends infer R ? (R extends RunResult ? Omit<R, "record"> : never) : never;

/** What is known of a query so far, however it ends. */
export interface Progress {
  dialect: Dialect;
  fingerprint: string | null;
  major: number | null;
  cost: number | null;
}

export const begun = (dialect: Dialect): Progress => ({ dialect, fingerprint: null, major: null, cost: null });

export const denied = (...refusals: readonly Refusal[]): Unrecorded => ({ kind: "denied", refusals });
