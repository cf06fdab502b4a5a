import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import { DatabaseFault } from "./fault.ts";
import { brokerRole, doerRole, knownMigrations, refuseNewer, roleNames, roles } from "./schema.ts";
import type { ServiceRole, Statements } from "./types.ts";

const roleRow = z.object({
  name: z.string(),
  superuser: z.boolean(),
  bypass: z.boolean(),
  member_of: z.array(z.string()),
});

/** Roles whose members see or own more than the app may. */
const FORBIDDEN = [
  "countersign_owner",
  "countersign_operator",
  "countersign_verifier",
  "countersign_auditor",
  "countersign_eraser",
  "countersign_sequencer",
  // Sees the leases of every client.
  "countersign_broker",
  // Sees the queue of every client.
  "countersign_doer",
];

/** Refuses, with one sentence, a connection that row-level security would not hold (case D9) and a schema of another version. */
export async function checkConnection(tx: Statements): Promise<void> {
  const role = await sessionRole(tx, FORBIDDEN);
  const why = role.superuser
    ? "is a superuser"
    : role.bypass
      ? "has BYPASSRLS"
      : role.member_of.length > 0
        ? `is a member of ${role.member_of.join(", ")}`
        : null;
  if (why !== null) {
    throw new Fault(
      "config_invalid",
      `The database user ${role.name} ${why}, so row-level security would not hold for it. Use the app's own user in DATABASE_URL.`,
    );
  }
  await checkSchema(tx);
}

/** Refuses a login that is not exactly the role's: what it may do beyond that is what a thief of its URL may do. */
export const checkRoleConnection = (tx: Statements, role: ServiceRole): Promise<void> =>
  checkOwnLogin(tx, { own: roleNames[role], whose: role, setting: `${role.toUpperCase()}_DATABASE_URL` });

/** The same for the lease broker, which works under a tenant's claim as the app does, with rights of its own. */
export const checkBrokerConnection = (tx: Statements): Promise<void> =>
  checkOwnLogin(tx, { own: brokerRole, whose: "lease broker", setting: "LEASE_DATABASE_URL" });

/** And for the doer. */
export const checkDoerConnection = (tx: Statements): Promise<void> =>
  checkOwnLogin(tx, { own: doerRole, whose: "doer", setting: "DOER_DATABASE_URL" });

async function checkOwnLogin(
  tx: Statements,
  { own, whose, setting }: { readonly own: string; readonly whose: string; readonly setting: string },
): Promise<void> {
  const found = await sessionRole(
    tx,
    roles.map(({ name }) => name),
  );
  const others = found.member_of.filter((name) => name !== own);
  const why = found.superuser
    ? "is a superuser"
    : found.bypass
      ? "has BYPASSRLS itself"
      : others.length > 0
        ? `is a member of ${others.join(", ")}`
        : found.member_of.includes(own)
          ? null
          : `is no member of ${own}`;
  if (why !== null) {
    throw new Fault(
      "config_invalid",
      `The database user ${found.name} ${why}. Use the ${whose}'s own login in ${setting}; countersign migrate makes it.`,
    );
  }
  await checkSchema(tx);
}

function sessionRole(tx: Statements, among: readonly string[]): Promise<z.infer<typeof roleRow>> {
  return tx.one(
    sql`select r.rolname as name, r.rolsuper as superuser, r.rolbypassrls as bypass,
      array(select g.rolname::text from pg_roles g where g.rolname = any(${among}::text[]) and pg_has_role(r.oid, g.oid, 'member')) as member_of
      from pg_roles r where r.rolname = session_user`,
    roleRow,
  );
}

const nameRow = z.object({ name: z.string() }).transform((row) => row.name);

async function checkSchema(tx: Statements): Promise<void> {
  const applied = await appliedMigrations(tx);
  refuseNewer(applied);
  const missing = knownMigrations().filter((name) => !applied.includes(name));
  if (missing.length > 0) {
    throw new Fault(
      "schema_mismatch",
      `The database lacks ${missing.length} migration(s), the first is ${missing[0]}. Run: countersign migrate. With built-in PostgreSQL, as in the demo: start it again.`,
    );
  }
}

async function appliedMigrations(tx: Statements): Promise<readonly string[]> {
  try {
    return await tx.many(sql`select name from platform.migration`, nameRow);
  } catch (error) {
    const absent =
      error instanceof DatabaseFault &&
      (error.sqlState === "42P01" || error.sqlState === "3F000" || error.sqlState === "42501");
    if (absent)
      throw new Fault(
        "schema_mismatch",
        "The database has no Countersign schema that this user may read. Run: countersign migrate",
      );
    throw error;
  }
}
