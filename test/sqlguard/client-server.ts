import { rmSync } from "node:fs";
import pg from "pg";
import { afterAll } from "vitest";
import { startEmbeddedPostgres } from "#platform/postgres";
import { openDirectory } from "../support/directory.ts";

/** A client's PostgreSQL. */
export interface ClientServer {
  /** The superuser's URL. */
  readonly adminUrl: string;
  adminSql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** One more connection of the superuser. Closed after the file. */
  adminClient(): Promise<pg.Client>;
}

/**
 * A whole server for this test file: what a query leaves behind (transaction ids, locks, the write-ahead log) is the server's,
 * and on a shared one it could be anybody's. Call it at the top of the file; it is stopped after it.
 */
export async function clientServer(): Promise<ClientServer> {
  const dir = openDirectory("client");
  const server = await startEmbeddedPostgres({
    dir,
    settings: { fsync: "off", full_page_writes: "off", shared_buffers: "64MB", autovacuum: "off" },
  });
  const adminUrl = server.adminUrl.replace(/[^/]*$/, "client");
  const open: pg.Client[] = [];
  const client = async (): Promise<pg.Client> => {
    const opened = new pg.Client({ connectionString: adminUrl });
    opened.on("error", () => {});
    await opened.connect();
    open.push(opened);
    return opened;
  };
  afterAll(async () => {
    await Promise.all(open.map((each) => each.end().catch(() => {})));
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const admin = new pg.Client({ connectionString: server.adminUrl.replace(/[^/]*$/, "postgres") });
  await admin.connect();
  await admin.query("create database client");
  await admin.end();
  return {
    adminUrl,
    adminClient: client,
    async adminSql(text, values = []) {
      return (await (open[0] ?? (await client())).query<Record<string, unknown>>(text, [...values])).rows;
    },
  };
}
