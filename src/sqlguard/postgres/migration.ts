// What a migration file does that a person should look at: statement by statement, by PostgreSQL's own grammar. Schema changes are a
// human path; this says where to look, and decides nothing.

import { nextToken } from "../tokens.ts";
import { forbidden } from "./exceptions.ts";
import { statementWords } from "./known-shapes.ts";
import { isFields, items, names, tagged, text as textOf, type Fields } from "./tree.ts";

export interface Finding {
  /** Lines of the file, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** `failure`: data or protection is lost, or code that is not seen here runs. `warning`: it locks, or breaks what runs now. */
  readonly level: "failure" | "warning";
  /** DROP TABLE, ALTER TABLE, ... */
  readonly statement: string;
  readonly says: string;
}

/** `statement`: of one inside another; the outer one's name otherwise. */
type Said = Pick<Finding, "level" | "says"> & { readonly statement?: string };
const failure = (says: string): Said => ({ level: "failure", says });
const warning = (says: string): Said => ({ level: "warning", says });

/** They make something new, or nothing. */
const QUIET: ReadonlySet<string> = new Set([
  "SelectStmt",
  "CreateStmt",
  "CreateSchemaStmt",
  "CreateSeqStmt",
  "CreateEnumStmt",
  "CompositeTypeStmt",
  "CreateDomainStmt",
  "CreateTableAsStmt",
  "CommentStmt",
  "InsertStmt",
  "TransactionStmt",
  "VariableShowStmt",
]);

/** Of ALTER TABLE: they make stricter, or say something to the planner. */
const QUIET_COMMANDS: ReadonlySet<string> = new Set([
  "AT_ColumnDefault",
  "AT_DropNotNull",
  "AT_ValidateConstraint",
  "AT_EnableRowSecurity",
  "AT_ForceRowSecurity",
  "AT_EnableTrig",
  "AT_EnableTrigAll",
  "AT_EnableAlwaysTrig",
  "AT_AddIdentity",
  "AT_SetStatistics",
  "AT_SetOptions",
  "AT_ResetOptions",
  "AT_SetRelOptions",
  "AT_ResetRelOptions",
  "AT_AttachPartition",
]);

const UNGUARDED_SETTINGS: ReadonlySet<string> = new Set(["session_replication_role", "row_security"]);

/** What nobody has a word on is looked at. */
const UNKNOWN = warning("The guard has no word on this kind of change.");
const RIGHTS = failure("It changes who may do what.");
const CODE = failure("It runs code that is not read here.");

const BY_TAG: Readonly<Record<string, Said>> = {
  TruncateStmt: failure("Every row is gone."),
  DropdbStmt: failure("The database is gone with its data."),
  DropOwnedStmt: failure("Everything that the role owns is gone."),
  DropRoleStmt: RIGHTS,
  GrantStmt: RIGHTS,
  GrantRoleStmt: RIGHTS,
  AlterDefaultPrivilegesStmt: RIGHTS,
  AlterOwnerStmt: RIGHTS,
  CreateRoleStmt: RIGHTS,
  AlterRoleStmt: RIGHTS,
  AlterRoleSetStmt: RIGHTS,
  ReassignOwnedStmt: RIGHTS,
  CreatePolicyStmt: RIGHTS,
  AlterPolicyStmt: RIGHTS,
  AlterSystemStmt: failure("It changes the whole server."),
  DoStmt: CODE,
  CallStmt: CODE,
  LoadStmt: CODE,
  CreateTrigStmt: warning("From now on it runs with every write to the table."),
  CreateEventTrigStmt: CODE,
  RuleStmt: warning("From now on statements become other ones."),
  CreateExtensionStmt: warning("It brings functions and types of its own."),
  CreateSubscriptionStmt: failure("It brings rows of another server."),
  CreateForeignServerStmt: failure("It reaches another server."),
  ViewStmt: warning("Who may read the view reads what its owner may."),
  RenameStmt: warning(
    "Code that runs now still uses the old name. Add the new one first, and drop the old one in a later release.",
  ),
  AlterObjectSchemaStmt: warning("Code that runs now still looks in the old schema."),
  MergeStmt: warning("It changes rows."),
  LockStmt: warning("It holds a lock until the transaction ends."),
  ClusterStmt: warning("It rewrites the table under a lock that stops every reader."),
  VacuumStmt: warning("VACUUM does not run in a transaction, and FULL stops every reader."),
  RefreshMatViewStmt: warning("Without CONCURRENTLY it stops every reader of the view."),
};

const BY_COMMAND: Readonly<Record<string, Said>> = {
  AT_DropColumn: failure("The column is gone with its data, and code that runs now may still read it."),
  AT_DropConstraint: warning("Rows that it kept out may come in."),
  AT_AlterColumnType: warning(
    "It may rewrite the table under a lock that stops every reader. Add a column, and copy in batches.",
  ),
  AT_SetNotNull: warning(
    "It reads the whole table under a lock that stops every reader. Add a CHECK … NOT VALID first, and validate it.",
  ),
  AT_DisableRowSecurity: failure("Every row is shown to everybody who may read the table."),
  AT_NoForceRowSecurity: failure("The table's owner sees past its row security."),
  AT_DisableTrig: failure("What the triggers kept true is not kept any more."),
  AT_DisableTrigAll: failure("What the triggers kept true is not kept any more."),
  AT_DisableTrigUser: failure("What the triggers kept true is not kept any more."),
  AT_ChangeOwner: RIGHTS,
  AT_SetTableSpace: warning("It copies the table under a lock that stops every reader."),
  AT_SetUnLogged: failure("A crash empties the table."),
  AT_DetachPartition: warning("The partition's rows are no longer in the table."),
};

/** `tree` is what the parser of this major answered for the whole file, of which nothing is believed. */
export function findings(file: string, tree: unknown): readonly Finding[] {
  const bytes = new TextEncoder().encode(file);
  const decode = (from: number, to?: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  // Counted on from statement to statement: a file of a hundred thousand statements is read once.
  let counted = { offset: 0, lines: 0 };
  const linesUntil = (offset: number): number => {
    if (offset < counted.offset) counted = { offset: 0, lines: 0 };
    let { lines } = counted;
    for (let at = counted.offset; at < offset; at++) if (bytes[at] === LINE_FEED) lines++;
    counted = { offset, lines };
    return lines;
  };
  return (isFields(tree) ? items(tree["stmts"]) : []).flatMap((raw): readonly Finding[] => {
    const root = isFields(raw) ? tagged(raw["stmt"]) : null;
    if (!isFields(raw) || root === null) return [];
    const all = [...said(root.tag, root.fields), ...(UNREAD.has(root.tag) ? [] : within(root.fields))];
    if (all.length === 0) return [];
    const from = typeof raw["stmt_location"] === "number" ? raw["stmt_location"] : 0;
    const length = typeof raw["stmt_len"] === "number" ? raw["stmt_len"] : bytes.length - from;
    const body = decode(from, from + length);
    // What stands before the first word belongs to the statement in PostgreSQL's eyes: comments and empty lines.
    const skipped = body.slice(0, nextToken(body, 0)?.start ?? 0);
    const line = linesUntil(from) + linesOf(skipped) + 1;
    const endLine = line + linesOf(body.slice(skipped.length).trimEnd());
    const statement = nameOf(root.tag, root.fields);
    return all.map((each) => ({ line, endLine, statement, ...each }));
  });
}

const LINE_FEED = 10;

const linesOf = (text: string): number => text.split("\n").length - 1;

function nameOf(tag: string, fields: Fields): string {
  if (tag === "DropStmt")
    return `DROP ${textOf(fields["removeType"])
      .replace(/^OBJECT_/, "")
      .replaceAll("_", " ")}`;
  return tag === "IndexStmt" ? "CREATE INDEX" : tag === "CreateTrigStmt" ? "CREATE TRIGGER" : statementWords(tag);
}

function said(tag: string, fields: Fields): readonly Said[] {
  if (QUIET.has(tag)) return [];
  switch (tag) {
    case "DropStmt":
      return [dropped(textOf(fields["removeType"]))];
    case "DeleteStmt":
    case "UpdateStmt":
      return [
        fields["whereClause"] === undefined
          ? failure("It changes every row.")
          : warning("It changes rows: look at how many, and for how long they are locked."),
      ];
    case "IndexStmt":
      return fields["concurrent"] === true
        ? []
        : [warning("Without CONCURRENTLY it stops every write to the table until it is done.")];
    case "ReindexStmt":
      return [warning("Without CONCURRENTLY it stops every write to the table until it is done.")];
    case "VariableSetStmt":
      return UNGUARDED_SETTINGS.has(textOf(fields["name"]))
        ? [failure("From here on triggers, foreign keys or row security may not hold.")]
        : [];
    case "CopyStmt":
      return [
        fields["is_program"] === true ? CODE : failure("It reads or writes a file, or rows that are not in this file."),
      ];
    case "CreateFunctionStmt":
      return [
        items(fields["options"]).some((option) => isFields(option) && isSecurity(option))
          ? failure("Whoever calls it does so with its owner's rights.")
          : warning("What it does is not read here."),
      ];
    case "AlterTableStmt":
      return items(fields["cmds"]).flatMap((command) => {
        const node = tagged(command);
        return node === null ? [] : commandSaid(node.fields);
      });
    default:
      return [BY_TAG[tag] ?? UNKNOWN];
  }
}

/** Of any node that holds statements: WITH x AS (DELETE ...) SELECT, CREATE SCHEMA s GRANT ..., EXPLAIN ANALYZE DELETE ... */
function within(fields: Fields, levels = MAX_LEVELS): readonly Said[] {
  // The attacker: a DELETE at the bottom of more SELECTs than anybody looks through.
  if (levels === 0) return [UNKNOWN];
  const found: Said[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (!isFields(value)) return;
    const node = tagged(value);
    if (node?.tag === "FuncCall") found.push(...called(names(node.fields["funcname"]).at(-1) ?? ""));
    if (node === null || !node.tag.endsWith("Stmt")) found.push(...within(value, levels - 1));
    else
      found.push(
        ...said(node.tag, node.fields).map((each) => ({ statement: nameOf(node.tag, node.fields), ...each })),
        ...within(node.fields, levels - 1),
      );
  };
  for (const value of Object.values(fields)) look(value);
  return found;
}

const MAX_LEVELS = 400;

/** Statements whose body does not run now: one finding says that nobody read it. */
const UNREAD: ReadonlySet<string> = new Set(["CreateFunctionStmt"]);

/** What every other migration does with its sequences and its search_path. */
const USUAL_CALLS: ReadonlySet<string> = new Set(["nextval", "setval", "currval", "lastval", "set_config"]);

function called(name: string): readonly Said[] {
  const reason = USUAL_CALLS.has(name) ? undefined : forbidden(name);
  return reason === undefined ? [] : [warning(`${name} ${reason.says}.`)];
}

const DATA = new Set([
  "OBJECT_TABLE",
  "OBJECT_SCHEMA",
  "OBJECT_MATVIEW",
  "OBJECT_SEQUENCE",
  "OBJECT_TYPE",
  "OBJECT_FOREIGN_TABLE",
]);

function dropped(what: string): Said {
  if (DATA.has(what)) return failure("It is gone with its data.");
  if (what === "OBJECT_POLICY" || what === "OBJECT_TRIGGER" || what === "OBJECT_EVENT_TRIGGER")
    return failure("What it kept true or hidden is not kept any more.");
  return warning("Code that runs now may still use it.");
}

function isSecurity(option: Fields): boolean {
  const node = tagged(option);
  const arg = node === null ? null : tagged(node.fields["arg"]);
  return node?.fields["defname"] === "security" && arg?.fields["boolval"] === true;
}

function commandSaid(command: Fields): readonly Said[] {
  const subtype = textOf(command["subtype"]);
  const def = tagged(command["def"])?.fields ?? {};
  switch (subtype) {
    case "AT_AddConstraint":
      return def["skip_validation"] === true || !["CONSTR_FOREIGN", "CONSTR_CHECK"].includes(textOf(def["contype"]))
        ? []
        : [warning("It reads the whole table under a lock. Add it NOT VALID, and VALIDATE it in a later statement.")];
    case "AT_AddColumn": {
      const kinds = items(def["constraints"]).map((each) => textOf(tagged(each)?.fields["contype"]));
      return kinds.includes("CONSTR_NOTNULL") &&
        !kinds.includes("CONSTR_DEFAULT") &&
        !kinds.includes("CONSTR_IDENTITY") &&
        !kinds.includes("CONSTR_GENERATED")
        ? [warning("It fails where the table has rows: a NOT NULL column needs a default.")]
        : [];
    }
    default:
      return QUIET_COMMANDS.has(subtype) ? [] : [BY_COMMAND[subtype] ?? UNKNOWN];
  }
}
