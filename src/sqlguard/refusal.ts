/** Why a statement is refused. Closed: each rule has its row in rules.ts and its paragraph in docs/sql-guard.md. */
export type Rule =
  | "text.empty"
  | "text.too_long"
  | "text.encoding"
  | "text.control_character"
  | "text.ambiguous"
  | "text.executable_comment"
  | "text.hint"
  | "syntax"
  | "statement.several"
  | "statement.kind"
  | "statement.write"
  | "statement.into"
  | "statement.locks"
  | "explain.option"
  | "setting.name"
  | "setting.unreviewed"
  | "variable.user"
  | "node.unknown"
  | "node.field"
  | "parameter"
  | "budget"
  | "size"
  | "function.effect"
  | "function.sql_text"
  | "function.reads_elsewhere"
  | "function.secret"
  | "function.unknown"
  | "function.user"
  | "function.shadowed"
  | "operator.unknown"
  | "operator.user"
  | "type.unknown"
  | "type.user"
  | "relation.secret"
  | "relation.samples"
  | "relation.database"
  | "column.masked"
  | "relation.foreign"
  | "relation.unreadable"
  | "sampling.unknown"
  | "parser.lost"
  | "parsers.disagree"
  | "plan.unapproved"
  | "cost"
  | "role"
  | "session";

/** `line` and `column` count from 1, in characters (code points); `length` in characters too. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

export interface Refusal {
  readonly rule: Rule;
  /** Null where no single place is at fault, or where the place is inside a view. */
  readonly at: Place | null;
  /** What stands there, as it was written or as PostgreSQL names it. */
  readonly text: string;
  readonly says: string;
  readonly instead: string;
}

/** A refusal whose place is still a byte offset into the statement's UTF-8 text; -1 when there is none. */
export interface Offence {
  readonly rule: Rule;
  readonly offset: number;
  readonly text: string;
  /** What the rule's general sentence does not know. */
  readonly says?: string;
  readonly instead?: string;
}
