import { RULE_SET, RUN_LIMITS, type RunLimits, type RunRecord, type RunResult } from "../result.ts";
import { checkText } from "../text.ts";
import { begun, denied, STOPPED, type Connection, type Unrecorded, type WallOptions } from "./asked.ts";
import { runMysql } from "./mysql/run.ts";
import { isMysqlUrl } from "./mysql/url.ts";
import { runPostgres } from "./postgres/run.ts";
import { runSqlite } from "./sqlite/run.ts";
import { isSqliteUrl } from "./sqlite/url.ts";

export interface SelectOptions extends WallOptions {
  /** Stricter or looser than RUN_LIMITS. */
  readonly limits?: Partial<RunLimits>;
  /**
   * Where the record of the query goes, before its rows do: an entry of the audit log.
   * INVARIANT: when it throws, the caller gets no rows.
   */
  readonly append?: (record: RunRecord) => Promise<void>;
}

/** One SELECT, past all three walls (docs/sql-guard.md), or every reason why not. Never throws for what a statement or a server does. */
export async function runSelect(connection: Connection, sql: string, options: SelectOptions = {}): Promise<RunResult> {
  const started = performance.now();
  const limits = { ...RUN_LIMITS, ...options.limits };
  const { dialect, run } = doorOf(connection.url);
  const progress = begun(dialect);
  const broken = checkText(sql);
  const decided =
    broken.length > 0
      ? denied(...broken)
      : options.signal?.aborted === true
        ? STOPPED
        : await run(connection, sql, limits, options, progress);
  const result = stoppedBy(options.signal, decided);
  const record: RunRecord = {
    outcome: result.kind,
    fingerprint: progress.fingerprint,
    ruleSet: RULE_SET,
    dialect: progress.dialect,
    major: progress.major,
    rules: result.kind === "denied" ? [...new Set(result.refusals.map(({ rule }) => rule))] : [],
    rows: result.kind === "rows" ? result.result.rows.length : 0,
    bytes: result.kind === "rows" ? result.result.bytes : 0,
    cost: progress.cost,
    durationMs: Math.round(performance.now() - started),
  };
  await options.append?.(record);
  return { ...stoppedBy(options.signal, result), record };
}

/** INVARIANT: a refusal stays one; anything else that came after the stop is not shown. */
const stoppedBy = (signal: AbortSignal | undefined, result: Unrecorded): Unrecorded =>
  signal?.aborted === true && result.kind !== "denied" ? STOPPED : result;

/** Whose walls a URL leads to. A server says itself whether it is MariaDB. */
function doorOf(url: string) {
  if (isSqliteUrl(url)) return { dialect: "sqlite", run: runSqlite } as const;
  return isMysqlUrl(url)
    ? ({ dialect: "mysql", run: runMysql } as const)
    : ({ dialect: "postgres", run: runPostgres } as const);
}
