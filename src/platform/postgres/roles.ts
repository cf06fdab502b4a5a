import pg from "pg";
import { Fault } from "#kernel";
import { appRole, operatorRole, ownerRole, roleNames, roles } from "./schema.ts";

const ident = pg.escapeIdentifier;
const literal = pg.escapeLiteral;

/** Roles are the cluster's, not the database's: another database, or another migration at this moment, may have made them. */
async function createRole(admin: pg.ClientBase, name: string, options: string): Promise<void> {
  await admin.query(`do $do$ begin
    if not exists (select from pg_catalog.pg_roles where rolname = ${literal(name)}) then
      create role ${ident(name)} ${options};
    end if;
  exception when duplicate_object or unique_violation then null;
  end $do$`);
}

export async function ensureRoles(admin: pg.ClientBase): Promise<void> {
  for (const role of roles) {
    const plain = "nologin nosuperuser nocreatedb nocreaterole noreplication";
    if (!role.bypassRls) {
      await createRole(admin, role.name, `${plain} nobypassrls`);
      continue;
    }
    // A managed server may not let its administrator give BYPASSRLS away. The role then sees no tenant row, which is
    // safe; `countersign doctor` says that offline verification needs it.
    await createRole(admin, role.name, `${plain} bypassrls`).catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError) || error.code !== "42501") throw error;
      return createRole(admin, role.name, `${plain} nobypassrls`);
    });
  }
  // From PostgreSQL 16 on, who creates a role is its member for administration only: SET ROLE is a right of its own.
  const right = (
    await admin.query<{ granular: boolean }>("select current_setting('server_version_num')::int >= 160000 as granular")
  ).rows[0]?.granular
    ? "set"
    : "member";
  for (const role of [ownerRole, operatorRole, roleNames.auditor]) {
    const { rows } = await admin.query<{ has: boolean }>("select pg_catalog.pg_has_role(current_user, $1, $2) as has", [
      role,
      right,
    ]);
    if (rows[0]?.has !== true) await admin.query(`grant ${ident(role)} to current_user`);
  }
}

/** CREATE DATABASE ... TEMPLATE copies neither privileges nor settings of a database: call this for a clone, too. */
export async function grantDatabase(admin: pg.ClientBase, database: string): Promise<void> {
  const name = ident(database);
  await admin.query(`revoke all on database ${name} from public`);
  await admin.query(`grant create, connect, temporary on database ${name} to ${ident(ownerRole)}`);
  await admin.query(
    `grant connect on database ${name} to ${roles
      .filter((role) => role.name !== ownerRole)
      .map((role) => ident(role.name))
      .join(", ")}`,
  );
}

/** The login of `url`: created or brought up to date. It can do what `role` may and nothing else. `whose` is for sentences. */
export async function ensureLogin(admin: pg.ClientBase, whose: string, role: string, given: string): Promise<void> {
  const url = new URL(given);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  if (user === "" || password === "") {
    throw new Fault(
      "config_invalid",
      `The ${whose}'s database URL needs a user and a password: postgres://user:password@host:port/database`,
    );
  }
  const others = roles.map((one) => one.name).filter((name) => name !== appRole || role !== appRole);
  if (others.includes(user))
    throw new Fault("config_invalid", `The ${whose} may not log in as ${user}: that role is for something else.`);
  const taken = await admin.query<{ rolsuper: boolean; rolbypassrls: boolean; current: boolean }>(
    "select rolsuper, rolbypassrls, rolname = current_user as current from pg_catalog.pg_roles where rolname = $1",
    [user],
  );
  const found = taken.rows[0];
  if (found !== undefined && (found.current || found.rolsuper || found.rolbypassrls)) {
    throw new Fault(
      "config_invalid",
      `The ${whose} may not use the database user ${user}: it is the administrator or can bypass row-level security. Choose another name; it is created for you.`,
    );
  }
  // A user given twice would join two roles' rights.
  const { rows } = await admin.query<{ name: string }>(
    `select g.rolname as name from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid
     join pg_catalog.pg_roles u on u.oid = m.member where u.rolname = $1 and g.rolname <> $2 and g.rolname = any($3)`,
    [user, role, roles.map((one) => one.name)],
  );
  if (rows[0] !== undefined)
    throw new Fault(
      "config_invalid",
      `The database user ${user} is already a member of ${rows[0].name}: the ${whose} needs a login of its own.`,
    );
  const options = `login password ${literal(password)} nocreatedb nocreaterole inherit`;
  await createRole(admin, user, `${options} nosuperuser nobypassrls noreplication`);
  await admin.query(`alter role ${ident(user)} ${options}`);
  if (user !== role) await admin.query(`grant ${ident(role)} to ${ident(user)}`);
}
