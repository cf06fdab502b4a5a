import type { Dialect } from "./dialect.ts";
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
  /** MySQL and MariaDB: the rows that the planner expects to look at. */
  readonly examined: number;
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
  examined: 100_000_000,
  statementMs: 10_000,
  lockMs: 200,
  connectMs: 5_000,
};

export interface Column {
  readonly name: string;
  /** PostgreSQL: pg_type.oid; MySQL and MariaDB: the type's number in the protocol. */
  readonly type: number;
  /** The client hides its values. */
  readonly masked?: true;
}

/** Why the rows are not all there. */
export type Truncation = "rows" | "bytes";

export interface Rows {
  readonly columns: readonly Column[];
  /** Values in the server's text form, bytes in hexadecimal; NULL is null. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly truncated: Truncation | null;
  /** Values that were cut to the limit of a cell. */
  readonly cutCells: number;
  /** What the server sent; where columns are hidden, what is shown: their length would tell of their values. */
  readonly bytes: number;
}

/** The server's own refusal, without a single value of a row. */
export interface ServerError {
  /** Five characters (PostgreSQL, Appendix A; MySQL, Error Message Reference). */
  readonly sqlState: string;
  readonly says: string;
  /** 1-based character in the statement. */
  readonly position: number | null;
}

/** What one statement gave, as far as the caps let it. */
export type Outcome =
  | { readonly kind: "received"; readonly received: Rows }
  | { readonly kind: "refused"; readonly error: ServerError };

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
  readonly dialect: Dialect;
  /** Of the server; MariaDB 10.11 is 1011, MySQL 9.7 is 907. */
  readonly major: number | null;
  readonly rules: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** Of the planner, in its units (MySQL and MariaDB: rows to look at), rounded up; null when nothing was planned. */
  readonly cost: number | null;
  readonly durationMs: number;
}

/** Changes whenever the same statement may be answered differently. */
export const RULE_SET = "sqlguard/3";
