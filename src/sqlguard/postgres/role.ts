// The second wall: what the login itself may do. Asserted before each query, and shown by `sql doctor`.

import type { RoleFinding } from "../role.ts";

export interface RoleFacts {
  readonly role: string;
  /** Whose rights they are: the lasting login that a lease's own login is a member of, or the login itself. */
  readonly holder: string;
  readonly database: string;
  readonly sameAsSession: boolean;
  readonly superuser: boolean;
  readonly createsRoles: boolean;
  readonly createsDatabases: boolean;
  readonly replication: boolean;
  readonly bypassesRowSecurity: boolean;
  /** Predefined roles that do more than read tables and views. */
  readonly powers: readonly string[];
  /** Relations, schemas, functions and databases that it owns: the first few, as it would be written. */
  readonly owns: readonly string[];
  readonly createsInDatabase: boolean;
  readonly temporary: boolean;
  readonly createsInSchemas: readonly string[];
  /** Relations it may write to, the first few. */
  readonly writes: readonly string[];
  readonly largeObjects: boolean;
  /** SECURITY DEFINER functions it may execute, the first few. */
  readonly definers: readonly string[];
  readonly tempFileLimit: string;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export function judgeRole(facts: RoleFacts): readonly RoleFinding[] {
  // What a lease's login may do was granted to the lasting one, and is taken from that: it is gone before anybody reads this.
  const role = quoted(facts.holder);
  const must = (when: boolean, what: string, fix: string): readonly RoleFinding[] =>
    when ? [{ level: "must", what, fix }] : [];
  const should = (when: boolean, what: string, fix: string): readonly RoleFinding[] =>
    when ? [{ level: "should", what, fix }] : [];
  const some = (names: readonly string[]): string => names.join(", ");
  return [
    ...must(!facts.sameAsSession, "The session runs as another role than the one that logged in.", `-- log in as the reading role itself, never SET ROLE from a stronger one`),
    ...must(facts.superuser, "The login is a superuser.", `ALTER ROLE ${role} NOSUPERUSER;`),
    ...must(facts.createsRoles, "The login may create roles.", `ALTER ROLE ${role} NOCREATEROLE;`),
    ...must(facts.createsDatabases, "The login may create databases.", `ALTER ROLE ${role} NOCREATEDB;`),
    ...must(facts.replication, "The login may replicate: it reads everything, and slots hold back the log.", `ALTER ROLE ${role} NOREPLICATION;`),
    ...must(facts.bypassesRowSecurity, "The login sees past row security.", `ALTER ROLE ${role} NOBYPASSRLS;`),
    ...facts.powers.flatMap((power) => must(true, `The login is a member of ${power}.`, power === facts.holder ? `ALTER ROLE ${role} NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;` : `REVOKE ${quoted(power)} FROM ${role};`)),
    ...must(facts.owns.length > 0, `The login owns ${some(facts.owns)}.`, `REASSIGN OWNED BY ${role} TO <another role>;`),
    ...must(facts.createsInDatabase, "The login may create schemas in the database.", `REVOKE CREATE ON DATABASE ${quoted(facts.database)} FROM PUBLIC, ${role};`),
    ...facts.createsInSchemas.flatMap((schema) => must(true, `The login may create objects in the schema ${schema}.`, `REVOKE CREATE ON SCHEMA ${quoted(schema)} FROM PUBLIC, ${role};`)),
    ...must(facts.writes.length > 0, `The login may write to ${some(facts.writes)}.`, `REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON ${some(facts.writes)} FROM PUBLIC, ${role};`),
    ...should(facts.temporary, "The login may create temporary tables; the READ ONLY transaction stops it.", `REVOKE TEMPORARY ON DATABASE ${quoted(facts.database)} FROM PUBLIC;`),
    ...should(facts.largeObjects, "The login may call the large-object functions; the parser and ROLLBACK stop it.", `REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer), pg_catalog.lo_create(oid), pg_catalog.lo_from_bytea(oid, bytea), pg_catalog.lo_unlink(oid), pg_catalog.lo_put(oid, bigint, bytea), pg_catalog.lowrite(integer, bytea) FROM PUBLIC;`),
    ...should(facts.definers.length > 0, `The login may call functions that run with their owner's rights: ${some(facts.definers)}.`, `REVOKE EXECUTE ON FUNCTION ${facts.definers[0] ?? ""} FROM PUBLIC;`),
    ...should(facts.tempFileLimit === "-1", "Temporary files of the login's queries are not limited.", facts.role === facts.holder ? `ALTER ROLE ${role} SET temp_file_limit = '1GB';` : `ALTER DATABASE ${quoted(facts.database)} SET temp_file_limit = '1GB';`),
  ]; // prettier-ignore
}
