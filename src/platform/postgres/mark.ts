import pg from "pg";
import { databaseFault } from "./fault.ts";

/** What a database is for, as its comment: readable by everybody who may connect, writable by its owner. */
export function databaseMark(url: string): Promise<string | null> {
  return ask(url, async (client) => {
    const { rows } = await client.query<{ mark: string | null }>(
      "select shobj_description(oid, 'pg_database') as mark from pg_database where datname = current_database()",
    );
    return rows[0]?.mark ?? null;
  });
}

export function markDatabase(adminUrl: string, mark: string): Promise<void> {
  return ask(adminUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>("select current_database() as name");
    await client.query(`comment on database ${pg.escapeIdentifier(rows[0]?.name ?? "")} is ${pg.escapeLiteral(mark)}`);
  });
}

/** Drops the database that the address names, with everything in it, and creates it empty. */
export function recreateDatabase(adminUrl: string): Promise<void> {
  const name = pg.escapeIdentifier(new URL(adminUrl).pathname.slice(1));
  return ask(adminUrl.replace(/[^/]*$/, "postgres"), async (client) => {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
  });
}

async function ask<T>(url: string, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: "countersign start",
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return await fn(client);
  } catch (error) {
    throw databaseFault(error);
  } finally {
    await client.end().catch(() => {});
  }
}
