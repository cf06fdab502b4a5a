// Functions that a migration file calls: those that do harm by a known name, and those that nobody here has read.

import { forbidden } from "./exceptions.ts";
import { functionsOf } from "./functions.ts";
import { setting, warning, type Said } from "./migration-words.ts";
import { isFields, names, stringConstant, tagged } from "./tree.ts";

/** Of the newest major: only what nobody reviewed anywhere is said to be unread. */
const FUNCTIONS = functionsOf(18);

/** What every other migration does with its sequences. */
const USUAL_CALLS: ReadonlySet<string> = new Set(["nextval", "setval", "currval", "lastval"]);

export function called(path: readonly string[], args: readonly unknown[]): readonly Said[] {
  const name = path.at(-1) ?? "";
  if (name === "set_config") {
    const to = stringConstant(args[0]);
    return to === null ? [warning("set_config sets what is computed here.")] : setting(to, args.slice(1, 2));
  }
  const reason = USUAL_CALLS.has(name) ? undefined : forbidden(name);
  return reason === undefined ? [] : [warning(`${name} ${reason.says}.`)];
}

/** What stands in them runs now, and not with a later row. */
export const RUNS: ReadonlySet<string> = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"]);
/** Callable, and of no reviewed list, since they are volatile. */
const MAKES_VALUES: ReadonlySet<string> = new Set([
  "gen_random_uuid",
  "uuidv4",
  "uuidv7",
  "uuid_generate_v4",
  "random",
]);

/** SELECT purge() is CALL purge(): a function that is not PostgreSQL's own may do anything. */
export const callsOthers = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(callsOthers);
  if (!isFields(value)) return false;
  const node = tagged(value);
  const path = node?.tag === "FuncCall" ? names(node.fields["funcname"]) : [];
  const name = path.at(-1) ?? "";
  const known =
    FUNCTIONS.has(name) ||
    USUAL_CALLS.has(name) ||
    MAKES_VALUES.has(name) ||
    name === "set_config" ||
    forbidden(name) !== undefined;
  const own = path.length === 2 && path[0] !== "pg_catalog";
  return (path.length > 0 && (own || !known)) || Object.values(value).some(callsOthers);
};
