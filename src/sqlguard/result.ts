import type { Refusal } from "./refusal.ts";

/** What one query may take. Figures and defaults: docs/sql-guard.md. */
export interface RunLimits {
  readonly rows: number;
  /** Of everything the server sends for the query. */
  readonly bytes: number;
  /** Characters of one value; a longer one is cut. */
  readonly cell: number;
  /** The planner's units, for the whole query; rows times width must stay below `planBytes`. */
  readonly cost: number;
  readonly planBytes: number;
  /** At the server. One second later the connection is cut from here. */
  readonly statementMs: number;
  readonly lockMs: number;
  readonly connectMs: number;
}

export const RUN_LIMITS: RunLimits = {
  rows: 1_000,
  bytes: 4 * 1024 * 1024,
  cell: 8_192,
  cost: 1_000_000,
  planBytes: 1024 * 1024 * 1024,
  statementMs: 10_000,
  lockMs: 200,
  connectMs: 5_000,
};

export interface Column {
  readonly name: string;
  /** pg_type.oid */
  readonly type: number;
}

/** Why the rows are not all there. */
export type Truncation = "rows" | "bytes";

export interface Rows {
  readonly columns: readonly Column[];
  /** Values in PostgreSQL's text form; NULL is null. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly truncated: Truncation | null;
  /** Values that were cut to the limit of a cell. */
  readonly cutCells: number;
  readonly bytes: number;
}

/** PostgreSQL's own refusal, without a single value of a row. */
export interface ServerError {
  /** Five characters (PostgreSQL, Appendix A). */
  readonly sqlState: string;
  readonly says: string;
  /** 1-based character in the statement. */
  readonly position: number | null;
}

export type RunResult =
  | { readonly kind: "rows"; readonly result: Rows; readonly record: RunRecord }
  | { readonly kind: "denied"; readonly refusals: readonly Refusal[]; readonly record: RunRecord }
  | { readonly kind: "failed"; readonly error: ServerError; readonly record: RunRecord }
  /** No connection, or it was lost or cut at the deadline. */
  | { readonly kind: "lost"; readonly why: string; readonly record: RunRecord };

/** What the audit log keeps of a query: no text and no values of it. */
export interface RunRecord {
  readonly outcome: RunResult["kind"];
  readonly fingerprint: string | null;
  readonly ruleSet: string;
  readonly major: number | null;
  readonly rules: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** Of the planner, in its units, rounded up; null when nothing was planned. */
  readonly cost: number | null;
  readonly durationMs: number;
}

/** Changes whenever the same statement may be answered differently. */
export const RULE_SET = "sqlguard/1";
