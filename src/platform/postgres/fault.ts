import pg from "pg";
import { Fault, type FaultCode } from "#kernel";

/** SQLSTATE classes and codes that mean "the database cannot be reached now", not "it said no". */
const LOST = /^(?:08|57P0|53[0-3]|XX)/;
const LOST_SOCKET = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/**
 * What the database answered, without a single value of a row: PostgreSQL puts them into `message`, `detail` and
 * `where` ("Key (email)=(...) already exists"), and a fault ends up in logs. Names of constraints are ours.
 */
export class DatabaseFault extends Fault {
  /** Five characters (PostgreSQL, Appendix A), or null when no statement was answered. */
  readonly sqlState: string | null;
  readonly constraint: string | null;

  constructor(code: FaultCode, message: string, at: { sqlState?: string; constraint?: string } = {}) {
    super(code, message);
    this.name = "DatabaseFault";
    this.sqlState = at.sqlState ?? null;
    this.constraint = at.constraint ?? null;
  }
}

function place(error: pg.DatabaseError): string {
  const table = error.table === undefined ? "" : ` on ${error.schema ?? "?"}.${error.table}`;
  return error.constraint === undefined ? table : `${table}, constraint ${error.constraint}`;
}

/** Our own RAISE texts and mistakes in our own SQL hold no values and are what a developer needs to read. */
function speaksFreely(sqlState: string): boolean {
  return (
    sqlState === "42501" || sqlState === "42P01" || sqlState === "42703" || sqlState === "42601" || sqlState === "42883"
  );
}

/** Before any statement: who comes, and to what. Names alone stand in these texts, and without them nobody knows which URL is wrong. */
const NOT_LET_IN: ReadonlyMap<string, string> = new Map(
  ["28000", "28P01"].map((state) => [
    state,
    "Compare user and password of that URL with those that `countersign migrate` was given: it makes the server's logins.",
  ]),
).set("3D000", "Put the right name at the end of that URL; or create the database, then run: countersign migrate");

/** Raised by app.enter (0129). */
const NOT_ACCEPTED = "CS001";

export const notAccepted = (): DatabaseFault =>
  new DatabaseFault(
    "tenant_inactive",
    "The database does not accept this tenant claim: it expired, or the tenant was suspended. Ask for a new one.",
    { sqlState: NOT_ACCEPTED },
  );

/** What somebody else says of a tenant, in the same words, is another thing. */
export const isNotAccepted = (error: unknown): boolean =>
  error instanceof DatabaseFault && error.sqlState === NOT_ACCEPTED;

/** Raised by app.demand (0160). */
const MOVED = "CS002";

/** A row that was demanded was not there any more as it was demanded: nothing of that transaction was written. */
export const isMoved = (error: unknown): boolean => error instanceof DatabaseFault && error.sqlState === MOVED;

/** A wrong login, or a database that there is not: no statement was asked. */
export const isNotLetIn = (error: unknown): boolean =>
  error instanceof DatabaseFault && error.sqlState !== null && NOT_LET_IN.has(error.sqlState);

export function databaseFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof pg.DatabaseError && error.code === NOT_ACCEPTED) return notAccepted();
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const sqlState = error.code;
    const next = NOT_LET_IN.get(sqlState);
    if (next !== undefined)
      return new DatabaseFault("database_refused", `PostgreSQL let nobody in: ${error.message}. ${next}`, { sqlState });
    const text = speaksFreely(sqlState) ? `: ${error.message}` : "";
    const code: FaultCode = LOST.test(sqlState) ? "database_unavailable" : "database_refused";
    const at = error.constraint === undefined ? { sqlState } : { sqlState, constraint: error.constraint };
    return new DatabaseFault(code, `PostgreSQL refused a statement (SQLSTATE ${sqlState}${place(error)})${text}`, at);
  }
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  if (
    LOST_SOCKET.has(code) ||
    (error instanceof Error && /terminat|timeout|closed|not queryable/i.test(error.message))
  ) {
    return new DatabaseFault(
      "database_unavailable",
      `The database cannot be reached${code === "" ? "" : ` (${code})`}. Is it running, and is its URL right?`,
    );
  }
  return new DatabaseFault("database_refused", "The database connection failed in an unexpected way.");
}
