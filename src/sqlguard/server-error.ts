// PostgreSQL puts values of rows into its messages ("invalid input syntax for type integer: "ann@example.com""), and an agent
// could read any column by failing on it. SQLSTATE and position are kept; texts only where they speak of names the statement wrote.

import type { ServerError } from "./result.ts";

/** Class 42 says which name or type does not fit; 42P17 and its like run user code and are left out. */
const NAMES = new Set([
  "42P01",
  "42703",
  "42883",
  "42702",
  "42803",
  "42804",
  "42846",
  "42601",
  "42P10",
  "42725",
  "3F000",
  "42704",
  "42P20",
  "42501",
]);

const CLASSES: Readonly<Record<string, string>> = {
  "08": "The connection was lost.",
  "0A": "PostgreSQL does not support this.",
  "21": "A subquery gave more than one row.",
  "22": "A value does not fit its type or operation (a number that is none, a division by zero, a text out of range).",
  "25": "The transaction only reads: PostgreSQL refused a write.",
  "40": "The query met another transaction. Run it again.",
  "42": "The statement names something that is not there, or types that do not fit.",
  "53": "The server is short of memory, disk or connections.",
  "54": "The statement is too complex for the server.",
  "55": "Something is in use or not ready.",
  "57": "The query took longer than it may, and was ended.",
  "58": "The server met an error of its system.",
  XX: "The server met an internal error.",
};

const EXACT: Readonly<Record<string, string>> = {
  "55P03": "Somebody holds a lock on it. Run the query again later.",
  "57014": "The query took longer than it may, and was ended. Narrow it.",
  "53400": "The query needs more temporary space than it may use. Narrow it.",
};

export function serverError(error: {
  readonly code?: string | undefined;
  readonly message: string;
  readonly position?: string | undefined;
}): ServerError {
  const sqlState = error.code ?? "XX000";
  const says = NAMES.has(sqlState)
    ? `PostgreSQL says: ${error.message}.`
    : (EXACT[sqlState] ?? CLASSES[sqlState.slice(0, 2)] ?? "PostgreSQL refused the query.");
  const position = Number(error.position ?? "");
  return { sqlState, says, position: Number.isInteger(position) && position > 0 ? position : null };
}
