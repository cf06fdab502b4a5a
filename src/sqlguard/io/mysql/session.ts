// One connection for one query: settings, a READ ONLY session and transaction, ROLLBACK, close. It is never used for a second query.

import mysql from "mysql2";
import { z } from "zod";
import { unknownVersion, versionOf, type Version } from "../../mysql/versions.ts";
import type { Opened } from "../asked.ts";
import type { Outcome, RunLimits, ServerError } from "../../result.ts";
import { serverError } from "../../mysql/server-error.ts";
import { cutOff, oneSelect, socketOf, type Hides } from "./one-select.ts";
import { targetOf, type Target } from "./url.ts";

export interface Session {
  readonly version: Version;
  /** Our own fixed questions, inside the transaction. */
  ask<Row>(row: z.ZodType<Row>, text: string, values?: readonly (string | null)[]): Promise<readonly Row[]>;
  /** From here on the server itself stops at the caps. */
  limit(limits: RunLimits): Promise<void>;
  /** The agent's text, byte for byte, alone in its message. */
  select(text: string, limits: RunLimits, hides?: Hides): Promise<Outcome>;
  /** ROLLBACK and goodbye, or cut off. Never throws. */
  end(): Promise<void>;
}

const END_MS = 2_000;
const MODE = "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/** Names and values that must hold afterwards: the account, the server or a proxy may say otherwise. */
function wanted(limits: RunLimits, { dialect }: Version): readonly (readonly [name: string, value: string | number])[] {
  return [
    // INVARIANT: the lexer cuts as the server does in this mode and no other.
    ["sql_mode", MODE],
    ["character_set_client", "utf8mb4"],
    ["character_set_connection", "utf8mb4"],
    ["autocommit", 1],
    ["lock_wait_timeout", Math.ceil(limits.lockMs / 1_000)],
    ["innodb_lock_wait_timeout", Math.ceil(limits.lockMs / 1_000)],
    ["wait_timeout", Math.ceil(limits.statementMs / 1_000) + 30],
    ["sql_safe_updates", 1],
    ["sql_auto_is_null", 0],
    ["group_concat_max_len", 1_048_576],
    ...(dialect === "mariadb"
      ? ([
          ["max_statement_time", limits.statementMs / 1_000],
          ["max_recursive_iterations", 1_000],
          // Each temporary table on the disk; how much all of them may take is the server's setting from 11.5 on.
          ["tmp_disk_table_size", 1024 * 1024 * 1024],
          ["max_session_mem_used", 512 * 1024 * 1024],
          ["query_cache_type", "OFF"],
        ] as const)
      : ([
          ["max_execution_time", limits.statementMs],
          ["cte_max_recursion_depth", 1_000],
          // Otherwise reading information_schema keeps what it counted.
          ["information_schema_stats_expiry", 0],
        ] as const)),
  ];
}

const state = z.object({ thread: z.string(), readOnly: z.string(), isolation: z.string() });

/** `signal`: the connection is cut then, whatever it is doing, and the server's thread ended by a second one. */
export async function openSession(url: string, limits: RunLimits, signal?: AbortSignal): Promise<Opened<Session>> {
  const target = targetOf(url);
  if (typeof target === "string") return { kind: "lost", why: target };
  const connected = await connect(target, limits, signal);
  if (typeof connected === "string") return { kind: "lost", why: connected };
  try {
    const prepared = await prepare(connected, limits);
    if (typeof prepared !== "string")
      return { kind: "open", session: sessionOf(connected, prepared, () => terminate(target, connected.threadId)) };
    await end(connected);
    return { kind: "refused", why: prepared };
  } catch (error) {
    await end(connected);
    return { kind: "lost", why: scrubbed(error).says };
  }
}

function connect(
  target: Target,
  limits: Pick<RunLimits, "connectMs">,
  signal?: AbortSignal,
): Promise<mysql.Connection | string> {
  const { tls, database, ...login } = target;
  const connection = mysql.createConnection({
    ...login,
    ...(database === undefined ? {} : { database }),
    ...(tls === null ? {} : { ssl: tls }),
    connectTimeout: limits.connectMs,
    charset: "utf8mb4_general_ci",
    multipleStatements: false,
    // The server may not ask for a file of ours, and takes one statement at a time.
    flags: ["-LOCAL_FILES", "-MULTI_STATEMENTS"],
    // No code is made out of what the server says about its columns.
    disableEval: true,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
    connectAttributes: { program_name: "countersign-sqlguard" },
  });
  const stop = (): void => cutOff(connection);
  signal?.addEventListener("abort", stop, { once: true });
  socketOf(connection)?.once("close", () => signal?.removeEventListener("abort", stop));
  return new Promise((resolve) => {
    // A connection that breaks later rejects what is under way; without a listener it would end the process.
    connection.on("error", () => {});
    connection.connect((error) => resolve(error === null || error === undefined ? connection : connectProblem(error)));
  });
}

/** The server's version, or what is not as it must be. */
async function prepare(connection: mysql.Connection, limits: RunLimits): Promise<Version | string> {
  const [row] = await query(connection, z.object({ version: z.string() }), "select version() as version");
  const version = versionOf(row?.version ?? "");
  if (version === null) return "The server does not say its version.";
  const unknown = unknownVersion(version.dialect, version.name);
  if (unknown !== null) return unknown;
  const all = wanted(limits, version);
  for (const [name, value] of all)
    await command(connection, `set session ${name} = ${typeof value === "number" ? value : `'${value}'`}`);
  // The session's mode stops what ends a transaction by itself (TRUNCATE, ALTER, DROP); the transaction's stops the rest.
  await command(connection, "set session transaction isolation level repeatable read, read only");
  await command(connection, "start transaction with consistent snapshot, read only");
  const names = all.map(([name], index) => `cast(@@session.${name} as char) as v${index}`);
  const [found] = await query(connection, z.record(z.string(), z.string().nullable()), `select ${names.join(", ")}`);
  const wrong = all.filter(([, value], index) => !same(found?.[`v${index}`] ?? null, value));
  if (wrong.length > 0) return `These settings did not hold: ${wrong.map(([name]) => name).join(", ")}.`;
  const prefix = version.dialect === "mariadb" ? "tx" : "transaction";
  const [now] = await query(
    connection,
    state,
    `select cast(connection_id() as char) as thread, cast(@@session.${prefix}_read_only as char) as readOnly, @@session.${prefix}_isolation as isolation`,
  );
  if (!isOn(now?.readOnly) || now?.isolation !== "REPEATABLE-READ")
    return "The session is not READ ONLY, REPEATABLE READ.";
  // A proxy may hand each statement to another session.
  return now.thread === String(connection.threadId) ? version : "The connection is not the server's own session.";
}

/** MySQL says 1 where MariaDB says ON. */
export const isOn = (value: string | undefined): boolean => value === "1" || value === "ON";

function same(found: string | null, value: string | number): boolean {
  if (found === null) return false;
  if (typeof value === "number")
    return Number(found) === value || (found === "ON" ? 1 : found === "OFF" ? 0 : NaN) === value;
  const parts = (text: string): string => text.toUpperCase().split(",").toSorted().join(",");
  return parts(found) === parts(value);
}

function sessionOf(connection: mysql.Connection, version: Version, terminated: () => Promise<void>): Session {
  return {
    version,
    ask: (row, text, values = []) => query(connection, row, text, values),
    async limit({ rows, examined }) {
      await command(connection, `set session sql_select_limit = ${rows + 1}`);
      await command(connection, `set session max_join_size = ${examined}`);
      await command(connection, "set session sql_big_selects = 0");
    },
    async select(text, limits, hides) {
      const deadline = setTimeout(() => cutOff(connection), limits.statementMs + 1_000);
      try {
        return await oneSelect(connection, text, limits, hides);
      } finally {
        clearTimeout(deadline);
      }
    },
    async end() {
      if (!(await end(connection))) await terminated();
    },
  };
}

/** The server's thread goes on with what it does, until it wants to write: a second connection ends it. Best effort, never throws. */
async function terminate(target: Target, thread: number): Promise<void> {
  const connected = await connect(target, { connectMs: END_MS });
  if (typeof connected === "string") return;
  const timer = setTimeout(() => cutOff(connected), END_MS);
  // INVARIANT: a number is never given twice while the server runs, and a login may end its own threads alone.
  await command(connected, `kill ${Math.trunc(thread)}`).catch(() => {});
  clearTimeout(timer);
  await end(connected);
}

function query<Row>(
  connection: mysql.Connection,
  row: z.ZodType<Row>,
  text: string,
  values: readonly (string | null)[] = [],
): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    const done = (error: mysql.QueryError | null, rows: unknown): void => {
      if (error !== null) return reject(error);
      const read = z.array(row).safeParse(rows);
      if (read.success) resolve(read.data);
      else reject(read.error);
    };
    if (values.length === 0) connection.query(text, done);
    else connection.execute(text, [...values], done);
  });
}

const command = async (connection: mysql.Connection, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.query(text, (error) => (error === null ? resolve() : reject(error)));
  });

/** ROLLBACK and goodbye, within a moment; whatever does not answer is cut. false: the server may not know that it is over. */
function end(connection: mysql.Connection): Promise<boolean> {
  const socket = socketOf(connection);
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(false), END_MS);
    function done(well: boolean): void {
      clearTimeout(timer);
      cutOff(connection);
      resolve(well);
    }
    // A connection that is gone has no transaction any more, and its query may go on.
    if (socket === null || socket.destroyed) return done(false);
    socket.once("close", () => done(true));
    // The server closes, when it has read the goodbye.
    connection.query("rollback", () => connection.end());
  });
}

const driverError = z.object({ errno: z.number(), sqlState: z.string(), sqlMessage: z.string() });

export function scrubbed(error: unknown): ServerError {
  const read = driverError.safeParse(error);
  return read.success
    ? serverError({ errno: read.data.errno, sqlState: read.data.sqlState, message: read.data.sqlMessage })
    : { sqlState: "08006", says: "The connection was lost, or cut at the deadline.", position: null };
}

const refusedLogin = z.object({ errno: z.number() });

function connectProblem(error: unknown): string {
  const read = refusedLogin.safeParse(error);
  if (!read.success || read.data.errno < 1_000)
    return "The server cannot be reached. Check the address, the port and TLS.";
  return [1044, 1045, 1698].includes(read.data.errno)
    ? "The server refused the login. Check the account and its password."
    : `The server refused the connection (error ${read.data.errno}).`;
}
