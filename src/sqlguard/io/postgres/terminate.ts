// A session that was cut from here may work on at the server, until it wants to write. A second connection of the same login ends it.

import pg from "pg";

const CONNECT_MS = 2_000;

/**
 * Best effort, never throws: the server's own limits hold if nobody gets through. INVARIANT: by its name, which no other session has, and
 * not by its number alone: a pooler may have given that to somebody else.
 */
export async function terminate(url: string, name: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
    options: "",
    application_name: "countersign-end-of-session",
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(
      "select pg_catalog.pg_terminate_backend(pid, 1000) from pg_catalog.pg_stat_activity where application_name = $1 and usename = current_user and pid <> pg_catalog.pg_backend_pid()",
      [name],
    );
  } catch {
    // It may be over already; statement_timeout and the rest end it otherwise.
  } finally {
    await client.end().catch(() => {});
  }
}
