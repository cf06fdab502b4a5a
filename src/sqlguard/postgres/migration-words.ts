// What is said of each kind of statement in a migration file, and of the settings after which nothing is as it was.

import { stringConstant } from "./tree.ts";

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
export type Said = Pick<Finding, "level" | "says"> & { readonly statement?: string };
export const failure = (says: string): Said => ({ level: "failure", says });
export const warning = (says: string): Said => ({ level: "warning", says });

/** They make something new, or nothing. */
export const QUIET: ReadonlySet<string> = new Set([
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
export const QUIET_COMMANDS: ReadonlySet<string> = new Set([
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
  "AT_AttachPartition",
]);

/** After them something else holds than before, or the server reads the rest of the file in another way than we do. */
const SETTINGS: Readonly<Record<string, string>> = {
  session_replication_role: "From here on triggers, foreign keys or row security may not hold.",
  row_security: "From here on triggers, foreign keys or row security may not hold.",
  role: "From here on it runs with another role's rights.",
  session_authorization: "From here on it runs with another role's rights.",
  standard_conforming_strings: "From here on strings may end elsewhere than they are read here.",
  client_encoding: "From here on the server may read other characters than are read here.",
};
/** As pg_dump writes them. */
const USUAL_VALUES: Readonly<Record<string, string>> = { standard_conforming_strings: "on", client_encoding: "utf8" };

export function setting(name: string, values: readonly unknown[]): readonly Said[] {
  const says = SETTINGS[name.toLowerCase()];
  const [value = null, ...more] = values.map(stringConstant);
  const usual = more.length === 0 && value !== null && value.toLowerCase() === USUAL_VALUES[name.toLowerCase()];
  return says === undefined || usual ? [] : [failure(says)];
}

/** What nobody has a word on is looked at. */
export const UNKNOWN = warning("The guard has no word on this kind of change.");
export const RIGHTS = failure("It changes who may do what.");
export const CODE = failure("It runs code that is not read here.");

export const BY_TAG: Readonly<Record<string, Said>> = {
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

export const BY_COMMAND: Readonly<Record<string, Said>> = {
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
