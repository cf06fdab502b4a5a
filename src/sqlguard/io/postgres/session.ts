// One connection for one query: settings, READ ONLY transaction, ROLLBACK, close. It is never used for a second query.

import { randomBytes } from "node:crypto";
import pg from "pg";
import { z } from "zod";
import type { Opened } from "../asked.ts";
import type { Outcome, RunLimits, ServerError } from "../../result.ts";
import { serverError } from "../../server-error.ts";
import { terminate } from "./terminate.ts";
import { OneSelect, type Hides } from "./one-select.ts";

export interface Session {
  readonly versionNum: number;
  /** Our own fixed questions, inside the transaction. */
  ask<Row>(row: z.ZodType<Row>, text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The agent's text, byte for byte, alone in its message. */
  select(text: string, limits: RunLimits, hides?: Hides): Promise<Outcome>;
  /** ROLLBACK and goodbye, or cut off. Never throws. */
  end(): Promise<void>;
}

const MIN_VERSION_WITH_TRANSACTION_TIMEOUT = 170_000;

/** Names and values that must hold afterwards: a pooler or a role's setting may say otherwise. */
const wanted = (limits: RunLimits, version: number): readonly (readonly [string, string])[] => [
  ["default_transaction_read_only", "on"],
  ["standard_conforming_strings", "on"],
  ["client_encoding", "UTF8"],
  ["row_security", "on"],
  ["session_replication_role", "origin"],
  ["statement_timeout", `${limits.statementMs}`],
  ["lock_timeout", `${limits.lockMs}`],
  ["idle_in_transaction_session_timeout", `${limits.statementMs + 5_000}`],
  ...(version >= MIN_VERSION_WITH_TRANSACTION_TIMEOUT
    ? [["transaction_timeout", `${limits.statementMs * 2 + 5_000}`] as const]
    : []),
  ["max_parallel_workers_per_gather", "0"],
  ["jit", "off"],
];

/** May not be ours to change; must be so already. */
const ONLY_ASSERTED = new Set(["session_replication_role"]);

const END_MS = 2_000;

const settings = z.object({ name: z.string(), setting: z.string() });
const state = z.object({ read_only: z.string(), isolation: z.string(), fresh: z.boolean(), ownFirst: z.boolean() });

/** `signal`: the connection is cut then, whatever it is doing, and the server told so by a second one. */
export async function openSession(url: string, limits: RunLimits, signal?: AbortSignal): Promise<Opened<Session>> {
  // Its own: by it a session that was cut from here is found at the server.
  const name = `countersign-sqlguard-${randomBytes(8).toString("hex")}`;
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: limits.connectMs,
    // Ours alone: nothing of the environment (PGOPTIONS) takes part.
    options: "",
    application_name: name,
  });
  // A connection that breaks rejects the query under way; without a listener it would end the process.
  client.on("error", () => {});
  const stop = (): void => cut(client);
  signal?.addEventListener("abort", stop, { once: true });
  client.once("end", () => signal?.removeEventListener("abort", stop));
  try {
    await client.connect();
  } catch (error) {
    return { kind: "lost", why: connectProblem(error) };
  }
  try {
    const why = await prepare(client, limits);
    if (typeof why === "number") return { kind: "open", session: sessionOf(client, why, () => terminate(url, name)) };
    await end(client);
    return { kind: "refused", why };
  } catch (error) {
    await end(client);
    return { kind: "lost", why: scrubbed(error).says };
  }
}

/** The server's version number, or what is not as it must be. */
async function prepare(client: pg.Client, limits: RunLimits): Promise<number | string> {
  const [version] = z
    .array(z.object({ n: z.coerce.number() }))
    .parse((await client.query("select pg_catalog.current_setting('server_version_num') as n")).rows);
  const n = version?.n ?? 0;
  const all = wanted(limits, n);
  for (const [name, value] of all)
    if (!ONLY_ASSERTED.has(name)) await client.query("select pg_catalog.set_config($1, $2, false)", [name, value]);
  await client.query("begin isolation level repeatable read read only");
  // The first question fixes the snapshot: after it no statement can turn the transaction into a writing one.
  const found = z
    .array(settings)
    .parse(
      (
        await client.query("select name, setting from pg_catalog.pg_settings where name = any($1)", [
          all.map(([name]) => name),
        ])
      ).rows,
    );
  const wrong = all.filter(([name, value]) => found.find((each) => each.name === name)?.setting !== value);
  if (wrong.length > 0) return `These settings did not hold: ${wrong.map(([name]) => name).join(", ")}.`;
  const [now] = z.array(state).parse(
    (
      await client.query(`select pg_catalog.current_setting('transaction_read_only') as read_only,
        pg_catalog.current_setting('transaction_isolation') as isolation,
        pg_catalog.pg_my_temp_schema() = 0 and not exists (select from pg_catalog.pg_locks
          where pid = pg_catalog.pg_backend_pid() and locktype = 'advisory') as fresh,
        (pg_catalog.current_schemas(true))[1] = 'pg_catalog' as "ownFirst"`)
    ).rows,
  );
  if (now?.read_only !== "on" || now.isolation !== "repeatable read")
    return "The transaction is not READ ONLY, REPEATABLE READ.";
  // INVARIANT: PostgreSQL's own types and relations are found before the client's of the same name.
  if (!now.ownFirst) return "The login's search_path puts another schema before pg_catalog.";
  return now.fresh ? n : "The session was used before: it holds temporary tables or locks.";
}

function sessionOf(client: pg.Client, versionNum: number, terminated: () => Promise<void>): Session {
  return {
    versionNum,
    async ask(row, text, values = []) {
      return z.array(row).parse((await client.query(text, [...values])).rows);
    },
    async select(text, limits, hides = () => false) {
      const query = new OneSelect(text, limits, hides);
      const deadline = setTimeout(() => cut(client), limits.statementMs + 1_000);
      try {
        client.query(query);
        return await query.done;
      } finally {
        clearTimeout(deadline);
      }
    },
    async end() {
      if (!(await end(client))) await terminated();
    },
  };
}

/** The server's own timeout did not end it: the connection goes, and with it the transaction. */
function cut(client: pg.Client): void {
  client.connection.stream.destroy(new Error("cut at the deadline"));
}

/** ROLLBACK and goodbye, each within a second; whatever does not answer is cut. false: the server may not know that it is over. */
async function end(client: pg.Client): Promise<boolean> {
  const { stream } = client.connection;
  let well = !stream.destroyed;
  const cutOff = (): void => {
    well = false;
    stream.destroy();
  };
  const timer = setTimeout(cutOff, END_MS);
  const gone = new Promise<void>((resolve) => {
    if (stream.destroyed) resolve();
    else stream.once("close", resolve);
  });
  try {
    // A connection that is gone has no transaction any more.
    if (!stream.destroyed) await Promise.race([client.query("rollback"), gone]);
    await Promise.race([client.end(), gone]);
  } catch {
    cutOff();
  } finally {
    clearTimeout(timer);
  }
  return well;
}

export function scrubbed(error: unknown): ServerError {
  if (error instanceof pg.DatabaseError) return serverError(error);
  return { sqlState: "08006", says: "The connection was lost, or cut at the deadline.", position: null };
}

function connectProblem(error: unknown): string {
  if (error instanceof pg.DatabaseError)
    return error.code?.startsWith("28") === true
      ? "The server refused the login. Check the role and its password."
      : `The server refused the connection (SQLSTATE ${error.code ?? "unknown"}).`;
  return "The server cannot be reached. Check the address, the port and TLS.";
}
