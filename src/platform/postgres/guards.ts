// The parts of the audit log's guards that a migration, which runs as the tables' owner, cannot make: functions that are not that
// owner's, and event triggers (migrations/0043_guards.sql).

import pg from "pg";
import { databaseFault } from "./fault.ts";
import { eraserRole, guardRole, knownMigrations, ownerRole, schedulerRole } from "./schema.ts";

const ident = pg.escapeIdentifier;

/** Given to every session of a migration: its DDL may change the guards, and leaves a row in audit.break_glass where it does. */
export const BREAK_GLASS = "audit.migration";

export type GuardsBefore =
  | { readonly kind: "none" }
  | { readonly kind: "as_expected" }
  /** '-' and '+' lines. */
  | { readonly kind: "drifted"; readonly lines: readonly string[] };

/** How the guards are before anything is touched: a migration may change them, but not make somebody else's change right. */
export async function guardsBefore(owner: pg.Pool): Promise<GuardsBefore> {
  const { rows } = await owner.query<{ there: boolean }>(
    "select to_regclass('audit.expected_fingerprint') is not null as there",
  );
  if (rows[0]?.there !== true) return { kind: "none" };
  const recorded = await owner.query("select from audit.expected_fingerprint limit 1");
  if (recorded.rowCount === 0) return { kind: "none" };
  const drift = await owner.query<{ line: string }>("select line from audit.guard_drift() as drift(line)");
  const lines = drift.rows.map(({ line }) => line);
  return lines.length === 0 ? { kind: "as_expected" } : { kind: "drifted", lines };
}

/** Before new migrations, which run as the owner and may replace a function of the guards. */
export async function takeBackGuards(admin: pg.ClientBase, owner: pg.Pool): Promise<void> {
  const { rows } = await owner.query<{ there: boolean }>(
    "select to_regclass('platform.migration') is not null as there",
  );
  if (rows[0]?.there !== true) return;
  const applied = await owner.query<{ name: string }>("select name from platform.migration");
  const names = new Set(applied.rows.map(({ name }) => name));
  if (knownMigrations().every((name) => names.has(name))) return;
  await changeOwners(admin, () => ownerRole);
}

/**
 * Gives the guards to their own roles and sets the event triggers. Says in a line what the server does not allow: a managed one
 * may refuse both, and the guards are then polled only.
 */
export async function armGuards(admin: pg.ClientBase, say: (line: string) => void): Promise<void> {
  if (!(await changeOwners(admin, (object) => object.owner)))
    say(
      "This server does not let the guards' functions belong to a role of their own; they stay with the tables' owner",
    );
  try {
    await admin.query(`do $do$ begin
      if not exists (select from pg_event_trigger where evtname = 'countersign_guards') then
        create event trigger countersign_guards on ddl_command_end execute function guards.refuse_change();
      end if;
      if not exists (select from pg_event_trigger where evtname = 'countersign_guards_kept') then
        create event trigger countersign_guards_kept on sql_drop execute function platform.refuse_loss_of_guards();
      end if;
    end $do$`);
    // ALWAYS: in replica mode, too.
    await admin.query("alter event trigger countersign_guards enable always");
    await admin.query("alter event trigger countersign_guards_kept enable always");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    say("This server does not allow event triggers: changes of the audit log's guards are found, not refused");
  }
}

/** What the catalog is after a migration that began from what was expected is what is expected from now on. */
export async function expectGuards(
  owner: pg.Pool,
  before: GuardsBefore,
  applied: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  if (before.kind === "drifted") {
    const { rows } = await owner.query<{ line: string }>("select line from audit.guard_drift() as drift(line)");
    if (rows.length === 0) say("The audit log's guards had been changed, and are now as expected again. Changed were:");
    else say("The audit log's guards are not as expected. This migration accepts nothing of it:");
    for (const line of rows.length === 0 ? before.lines : rows.map((row) => row.line)) say(`  ${line}`);
    if (rows.length > 0) say("Put it right, or accept it: countersign audit fingerprint --accept REASON");
    return;
  }
  await owner.query("call audit.expect_catalog($1)", [
    applied.length === 0 ? "migrate" : `migrate: ${applied.join(", ")}`.slice(0, 500),
  ]);
}

/** What is there is expected from now on. The administrator's act: a row with the reason, which becomes an entry. */
export async function acceptGuards(options: { readonly adminUrl: string; readonly reason: string }): Promise<void> {
  const client = new pg.Client({ connectionString: options.adminUrl, application_name: "countersign guards" });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(`set role ${ident(ownerRole)}`);
    await client.query("call audit.expect_catalog($1)", [options.reason]);
  } catch (error) {
    throw databaseFault(error);
  } finally {
    await client.end().catch(() => {});
  }
}

interface Guarded {
  readonly kind: "schema" | "function" | "procedure";
  readonly name: string;
  /** Whose it should be. */
  readonly owner: string;
  readonly now: string;
}

const GUARDED = `
  select 'schema' as kind, n.nspname::text as name, '${guardRole}' as owner, n.nspowner::regrole::text as now from pg_namespace n where n.nspname = 'guards'
  union all
  select case p.prokind when 'p' then 'procedure' else 'function' end, p.oid::regprocedure::text,
    case n.nspname when 'guards' then '${guardRole}' when 'audit' then '${eraserRole}' else '${schedulerRole}' end, p.proowner::regrole::text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = 'guards' or (n.nspname = 'audit' and p.proname like 'erase\\_%') or (n.nspname in ('tickets', 'notify') and p.proname like 'claim\\_%')`;

/** In one transaction, with no right or membership left over. False: the server refused, and nothing was changed. */
async function changeOwners(admin: pg.ClientBase, wanted: (object: Guarded) => string): Promise<boolean> {
  const { rows } = await admin.query<Guarded>(GUARDED);
  // The schema first: who owns it may own what is in it.
  const wrong = rows
    .filter((object) => object.now !== wanted(object))
    .toSorted((a, b) => Number(b.kind === "schema") - Number(a.kind === "schema"));
  if (wrong.length === 0) return true;
  try {
    await admin.query("begin");
    const { give, take } = await rightsToPass(admin, wrong);
    for (const statement of give) await admin.query(statement);
    for (const object of wrong)
      await admin.query(`alter ${object.kind} ${object.name} owner to ${ident(wanted(object))}`);
    // The new owner takes the old one's rights with the objects; what is expected is recorded by the tables' owner, who reads it here.
    if (wrong.some((object) => object.owner === guardRole && wanted(object) === guardRole))
      for (const statement of readableByOwner) await admin.query(statement);
    for (const statement of take) await admin.query(statement);
    await admin.query("commit");
    return true;
  } catch (error) {
    await admin.query("rollback");
    if (!isRefusal(error)) throw error;
    return false;
  }
}

const readableByOwner: readonly string[] = [
  `set local role ${ident(guardRole)}`,
  `grant usage on schema guards to ${ident(ownerRole)}`,
  `grant execute on all functions in schema guards to ${ident(ownerRole)}`,
  "reset role",
];

const CREATES_IN = [
  ["audit", eraserRole],
  ["tickets", schedulerRole],
  ["notify", schedulerRole],
] as const;

/** A superuser needs none. Anybody else has to be a member of the new owner, which has to be allowed to create there. */
async function rightsToPass(
  admin: pg.ClientBase,
  objects: readonly Guarded[],
): Promise<{ readonly give: readonly string[]; readonly take: readonly string[] }> {
  const { rows } = await admin.query<{ mighty: boolean; database: string }>(
    "select rolsuper as mighty, current_database() as database from pg_roles where rolname = current_user",
  );
  if (rows[0]?.mighty !== false) return { give: [], take: [] };
  const roles = [guardRole, eraserRole, schedulerRole].map((role) => ident(role)).join(", ");
  const database = ident(rows[0].database);
  // An older database does not have every schema yet.
  const created = CREATES_IN.filter(([schema]) => objects.some(({ name }) => name.startsWith(`${schema}.`)));
  const asOwner = (statement: string): readonly string[] => [
    `set local role ${ident(ownerRole)}`,
    statement,
    "reset role",
  ];
  return {
    give: [
      `grant ${roles} to current_user`,
      `grant create on database ${database} to ${ident(guardRole)}`,
      ...created.flatMap(([schema, role]) => asOwner(`grant create on schema ${schema} to ${ident(role)}`)),
    ],
    take: [
      ...created.flatMap(([schema, role]) => asOwner(`revoke create on schema ${schema} from ${ident(role)}`)),
      `revoke create on database ${database} from ${ident(guardRole)}`,
      `revoke ${roles} from current_user`,
    ],
  };
}

const isRefusal = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === "42501";
