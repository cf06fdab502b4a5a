// What each rule says, and what to write instead. The agent reads these sentences, so they name a way forward.

import type { Rule } from "./refusal.ts";

interface Sentence {
  readonly says: string;
  readonly instead: string;
}

const CATALOG = "With a database (sql run) the guard looks it up in the catalog; without one it is refused.";
const SHAPE = "Write the query with plain SELECT, WITH, joins, subqueries, grouping and window functions.";

export const RULES: Readonly<Record<Rule, Sentence>> = {
  "text.empty": { says: "There is no statement in the text.", instead: "Write one SELECT." },
  "text.too_long": { says: "The text is longer than 16 KiB.", instead: "Ask for less at a time; replace long IN lists by a join or a range." },
  "text.encoding": { says: "The text is not well-formed Unicode.", instead: "Send the statement as UTF-8." },
  "text.control_character": { says: "This character is invisible, and ends, reorders or hides text.", instead: "Remove it; inside a string write it as U&'\\XXXX'." },
  "text.ambiguous": { says: "Servers and tools read these characters differently.", instead: "Write it in the way that everybody reads alike." },
  "text.executable_comment": { says: "The server runs what stands in this comment.", instead: "Leave it out." },
  "text.hint": { says: "This comment changes how the server runs the query, its limits too.", instead: "Leave it out." },
  syntax: { says: "The grammar does not accept the text.", instead: "Correct the statement at this place." },
  "statement.several": { says: "There is more than one statement.", instead: "Send each statement alone." },
  "statement.kind": { says: "Only SELECT (with VALUES, TABLE, WITH), SHOW, and EXPLAIN of a SELECT are read-only.", instead: "A change goes through a pull request or a person." },
  "statement.write": { says: "A part of the statement changes data.", instead: "Keep only SELECTs, in WITH and after EXPLAIN." },
  "statement.into": { says: "SELECT INTO creates a table.", instead: "Leave INTO out: the rows come back as the result." },
  "statement.locks": { says: "A locking clause stops other sessions' writes.", instead: "Leave FOR UPDATE or FOR SHARE out; reading needs no lock." },
  "explain.option": { says: "This option makes EXPLAIN run the query, or is not known to be harmless.", instead: "Use EXPLAIN with VERBOSE, COSTS, SETTINGS, BUFFERS, SUMMARY, MEMORY, GENERIC_PLAN or FORMAT." },
  "setting.name": { says: "Only the server's own settings may be read, by their written name: settings with a dot hold what applications put there.", instead: "SHOW or current_setting('name') with a name without a dot." },
  "setting.unreviewed": { says: "This variable of the server is not on the reviewed list.", instead: "Ask for sizes, limits, modes or versions; others may hold names, paths or secrets." },
  "variable.user": { says: "A variable of the session is state that a read must not keep.", instead: "Write the value, or a WITH query." },
  "node.unknown": { says: "This part of SQL is not one that the guard knows to be harmless.", instead: SHAPE },
  "node.field": { says: "This form of the clause is not one that the guard knows to be harmless.", instead: SHAPE },
  parameter: { says: "There is no value for a parameter.", instead: "Write the value into the statement." },
  budget: { says: "The statement is nested more deeply, or has more parts, than is looked through.", instead: "Split it, or replace chains of operators by IN, ANY or a join." },
  size: { says: "A length or count is not a number of at most 1,000,000 that can be read in the statement.", instead: "Write the number itself, or least(…, 1000000)." },
  "function.effect": { says: "This function does more than read.", instead: "Leave it out." },
  "function.sql_text": { says: "This function runs SQL that is given to it as text.", instead: "Write that query as the statement itself." },
  "function.reads_elsewhere": { says: "This function reads tables that the statement does not name.", instead: "Select from the tables themselves." },
  "function.secret": { says: "This function shows values past the statement.", instead: "Ask for counts rather than samples." },
  "function.unknown": { says: "This function is not on the reviewed list of this server's version.", instead: `Use a built-in function. ${CATALOG}` },
  "function.user": { says: "What a function of the client's own does cannot be seen from the statement.", instead: "Use built-in functions, or have the client list this one by signature and body." },
  "function.shadowed": { says: "The database has a function of this name outside pg_catalog, which PostgreSQL may choose.", instead: "Write pg_catalog.name." },
  "operator.unknown": { says: "This operator is not one of PostgreSQL's own.", instead: `Use a built-in operator. ${CATALOG}` },
  "operator.user": { says: "The database has an operator of this name whose function the guard does not know.", instead: "Write OPERATOR(pg_catalog.…), or compare other columns." },
  "type.unknown": { says: "This type is not one of PostgreSQL's own.", instead: `Cast to a built-in type. ${CATALOG}` },
  "type.user": { says: "Converting to or from this type runs a function that the guard does not know.", instead: "Leave such columns out, or have the client list the function." },
  "relation.secret": { says: "This relation holds credentials, or rows of other tables in another form.", instead: "pg_roles, pg_settings and the client's own tables can be read." },
  "relation.samples": { says: "The planner's statistics hold sample values of columns.", instead: "Count, or use pg_stat_user_tables and pg_class.reltuples." },
  "relation.database": { says: "A relation cannot be named with its database.", instead: "Write schema.table." },
  "column.masked": { says: "The client hides this column's values; in a condition, an expression, an order or a DISTINCT they would show bit by bit.", instead: "Select it as it is, and it comes back hidden; filter, join and count by other columns." },
  "relation.foreign": { says: "Reading a foreign table runs something on another server.", instead: "Read a local table, or have the client list this one." },
  "relation.unreadable": { says: "The guard cannot see what reading this relation would run.", instead: "Select from the tables behind it." },
  "sampling.unknown": { says: "This sampling method is not one of PostgreSQL's own.", instead: "Use TABLESAMPLE SYSTEM or BERNOULLI." },
  "parser.lost": { says: "The parser gave no answer for this text. Nothing was run.", instead: "Make the statement simpler." },
  "parsers.disagree": { says: "The two parsers do not read the text alike, so nobody knows what the server reads.", instead: "Write it more plainly." },
  "plan.unapproved": { says: "PostgreSQL would run something that the guard did not see in the statement.", instead: "Write it more plainly, from the tables themselves; a person looks at the view or function behind it." },
  cost: { says: "The planner expects the query to cost more than is allowed.", instead: "Narrow it: a WHERE on an indexed column, fewer joins, a LIMIT." },
  role: { says: "The login has rights that a reading role must not have. Nothing was run.", instead: "countersign sql doctor prints what to revoke." },
  session: { says: "The session is not what the guard asked for. Nothing was run.", instead: "Connect to the server directly, not through a pooler in statement or transaction mode." },
}; // prettier-ignore
