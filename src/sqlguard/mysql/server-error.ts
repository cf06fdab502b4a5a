// What an error of MySQL or MariaDB may say. Many carry values of rows ("Incorrect integer value: 'ann@example.com'"); those that speak of
// names the statement wrote are kept.

import type { ServerError } from "../result.ts";

/** ER_BAD_FIELD_ERROR and its like: names, never values. */
const NAMES: ReadonlySet<number> = new Set([
  1046, 1049, 1052, 1054, 1055, 1056, 1058, 1060, 1064, 1066, 1109, 1111, 1140, 1142, 1143, 1146, 1221, 1222, 1241,
  1247, 1248, 1250, 1305, 1327, 1356, 1582, 1583, 1584, 1630, 3500, 3572, 3579, 3593, 4015,
]);

const EXACT: Readonly<Record<number, string>> = {
  1104: "The query would look at more rows than is allowed. Narrow it.",
  1205: "Somebody holds a lock on it. Run the query again later.",
  1317: "The query took longer than it may, and was ended. Narrow it.",
  1792: "The transaction only reads: the server refused a write.",
  1969: "The query took longer than it may, and was ended. Narrow it.",
  3024: "The query took longer than it may, and was ended. Narrow it.",
  3636: "The recursive query took more steps than it may.",
};

const CLASSES: Readonly<Record<string, string>> = {
  "08": "The connection was lost.",
  "21": "A subquery gave more than one row.",
  "22": "A value does not fit its type or operation.",
  "40": "The query met another transaction. Run it again.",
  "42": "The statement names something that is not there, or types that do not fit.",
  "70": "The query was ended.",
};

export function serverError(error: {
  readonly errno: number;
  readonly sqlState: string;
  readonly message: string;
}): ServerError {
  const { errno, message } = error;
  const sqlState = /^[0-9A-Z]{5}$/.test(error.sqlState) ? error.sqlState : "HY000";
  const says = NAMES.has(errno)
    ? `The server says: ${message}.`
    : (EXACT[errno] ?? CLASSES[sqlState.slice(0, 2)] ?? `The server refused the query (error ${errno}).`);
  return { sqlState, says, position: null };
}
