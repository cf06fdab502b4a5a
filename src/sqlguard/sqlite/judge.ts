// What the engine asks its authorizer while it compiles a statement, and the answers. Everything that is not listed is denied.

import type { Rule } from "../refusal.ts";
import { forbidden, FUNCTIONS } from "./functions.ts";

/** Names of SQLite's action codes, without SQLITE_. */
export type Action = string;

export interface Offence {
  readonly rule: Rule;
  /** What the engine calls it: a function, a table, an action. */
  readonly text: string;
  readonly says?: string | undefined;
  readonly instead?: string | undefined;
}

export type Judgement =
  | { readonly kind: "fine"; readonly reads: boolean }
  /** `goOn`: the engine may compile on, to find what else there is; the statement is not run. */
  | { readonly kind: "refused"; readonly offence: Offence; readonly goOn: boolean };

/** Pragmas that only say something, when nothing is given to them or, marked with (, the name of a table or an index. */
const PRAGMAS: ReadonlySet<string> = new Set(
  `application_id auto_vacuum cache_size collation_list( compile_options( data_version encoding foreign_keys freelist_count function_list( journal_mode
  page_count page_size schema_version user_version foreign_key_list( index_info( index_list( index_xinfo( table_info( table_list( table_xinfo(`.split(
    /\s+/,
  ),
);
/** Pages as they are, sample values, and where the file is. */
const RELATIONS: ReadonlyMap<string, Rule> = new Map([
  ["sqlite_dbpage", "relation.secret"],
  // How long the longest value of each page is, hidden ones too.
  ["dbstat", "relation.samples"],
  ["sqlite_stat3", "relation.samples"],
  ["sqlite_stat4", "relation.samples"],
  ["pragma_database_list", "relation.secret"],
]);
const WRITES = new Set(["INSERT", "UPDATE", "DELETE"]);

const fine = (reads: boolean): Judgement => ({ kind: "fine", reads });
const refused = (offence: Offence, goOn: boolean): Judgement => ({ kind: "refused", offence, goOn });

export function judge(action: Action, first: string | null, second: string | null): Judgement {
  switch (action) {
    case "SELECT":
      return fine(true);
    case "RECURSIVE":
      return fine(false);
    case "READ": {
      const name = (first ?? "").toLowerCase();
      const rule = RELATIONS.get(name);
      return rule === undefined ? fine(false) : refused({ rule, text: name }, true);
    }
    case "FUNCTION": {
      const name = (second ?? "").toLowerCase();
      if (FUNCTIONS.has(name)) return fine(false);
      const reason = forbidden(name);
      return refused(
        reason === undefined
          ? { rule: "function.unknown", text: name }
          : { rule: reason.rule, text: name, says: `${name} ${reason.says}.` },
        true,
      );
    }
    case "PRAGMA": {
      const name = (first ?? "").toLowerCase();
      // INVARIANT: some pragmas act while they are compiled: the answer is no before anything else.
      if (PRAGMAS.has(`${name}(`) || (PRAGMAS.has(name) && second === null)) return fine(true);
      return refused({ rule: "setting.unreviewed", text: name }, false);
    }
    default:
      return refused(
        {
          rule: WRITES.has(action) ? "statement.write" : "statement.kind",
          text: action.replaceAll("_", " ").toLowerCase(),
        },
        false,
      );
  }
}
