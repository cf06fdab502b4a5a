// Logins of a client's PostgreSQL that live as long as a lease.

import { randomBytes } from "node:crypto";
import pg from "pg";
import { z } from "zod";
import { Fault } from "#kernel";
import { LOGIN_HEAD } from "../../database.ts";
import { scramVerifier } from "./scram.ts";

const CONNECT_MS = 5_000;
const STATEMENT_MS = 5_000;
const TERMINATE_MS = 2_000;
const MOST_LEFT_OVER = 5;

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A member of `reader`, by a random name, and no login any more after `seconds`, whatever becomes of us. */
export async function makeLogin(adminUrl: string, reader: string, seconds: number): Promise<Done<Login>> {
  return asAdmin(adminUrl, async (admin) => {
    await dropLeftOver(admin);
    const username = `${LOGIN_HEAD}${randomBytes(12).toString("hex")}`;
    const password = randomBytes(24).toString("base64url");
    const until = await serverTime(admin, seconds);
    await admin.query(
      `create role ${pg.escapeIdentifier(username)} with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls inherit
        connection limit 2 password ${pg.escapeLiteral(scramVerifier(password))} valid until ${pg.escapeLiteral(until)}
        in role ${pg.escapeIdentifier(reader)}`,
    );
    return { username, password };
  });
}

/** Nothing of it is there afterwards: no session, no login. Also where there was none any more. */
export async function dropLogin(adminUrl: string, username: string): Promise<void> {
  if (!username.startsWith(LOGIN_HEAD)) throw new Fault("invariant_broken", "A login that was made for no lease.");
  const done = await asAdmin(adminUrl, (admin) => drop(admin, username));
  if (done.kind === "refused") throw new Fault("database_unavailable", done.why);
}

const untilRow = z.tuple([z.object({ until: z.string() })]);

/** By the server's own clock. */
async function serverTime(admin: pg.Client, seconds: number): Promise<string> {
  const { rows } = await admin.query(
    "select (pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => $1))::pg_catalog.text as until",
    [seconds],
  );
  return untilRow.parse(rows)[0].until;
}

const exists = async (admin: pg.Client, username: string): Promise<boolean> =>
  (await admin.query("select from pg_catalog.pg_roles where rolname = $1", [username])).rowCount === 1;

async function drop(admin: pg.Client, username: string): Promise<void> {
  if (!(await exists(admin, username))) return;
  const name = pg.escapeIdentifier(username);
  // First, so that none begins while those under way are ended.
  await admin.query(`alter role ${name} with nologin`);
  // To end a role's sessions takes its membership, which whoever made it may give themselves.
  await admin.query(`grant ${name} to current_user`);
  await admin.query(
    "select pg_catalog.pg_terminate_backend(pid, $2) from pg_catalog.pg_stat_activity where usename = $1",
    [username, TERMINATE_MS],
  );
  const { rowCount } = await admin.query("select from pg_catalog.pg_stat_activity where usename = $1", [username]);
  if (rowCount !== 0) throw unavailable("still has a session of a lease that is over");
  await admin.query(`drop role ${name}`);
}

const names = z.array(z.object({ name: z.string() }));

/** Of a process that ended between making one and writing that down. They are no logins any more; this is tidying, and may fail. */
async function dropLeftOver(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query(
    `select rolname as name from pg_catalog.pg_roles where pg_catalog.starts_with(rolname, $1)
      and rolvaliduntil < pg_catalog.clock_timestamp() - interval '10 minutes' limit $2`,
    [LOGIN_HEAD, MOST_LEFT_OVER],
  );
  for (const { name } of names.parse(rows)) await drop(admin, name).catch(() => {});
}

const unavailable = (why: string): Fault => new Fault("database_unavailable", `The client's database ${why}.`);

type Done<T> =
  | { readonly kind: "done"; readonly value: T }
  /** The server said no, or was never reached: nothing was made. */
  | { readonly kind: "refused"; readonly why: string };

/** Throws where it is not known what was done. No message of a driver goes on: it may repeat an address or a statement. */
async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<Done<T>> {
  const admin = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 1_000,
    options: "",
    application_name: "countersign-leases",
  });
  admin.on("error", () => {});
  try {
    await admin.connect();
  } catch (error) {
    await admin.end().catch(() => {});
    return {
      kind: "refused",
      why: `The client's database cannot be reached${codeOf(error)}, or lets the login in NAME_ADMIN not in.`,
    };
  }
  try {
    return { kind: "done", value: await work(admin) };
  } catch (error) {
    if (error instanceof pg.DatabaseError)
      return { kind: "refused", why: `The client's database refused${codeOf(error)}: may the login in NAME_ADMIN make and drop logins, and give the reading login's role?` }; // prettier-ignore
    throw error instanceof Fault ? error : unavailable("was lost in the middle of making or dropping a login");
  } finally {
    await admin.end().catch(() => {});
  }
}

const codeOf = (error: unknown): string =>
  error instanceof pg.DatabaseError ? ` (SQLSTATE ${error.code ?? "unknown"})` : "";
