// A PostgreSQL of one test file alone, which syncs to its disk as in production: for tests of what a killed server, a full disk or a
// failover leave. The run's shared cluster syncs nothing and must not die.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll } from "vitest";
import { createAudit, type Audit } from "#audit/io";
import type { Kms } from "#keys";
import { createFileKms, createKeys, openRoot, type Keys } from "#keys/io";
import {
  createDatabase,
  createRoleDatabase,
  migrate,
  startEmbeddedPostgres,
  type Database,
  type EmbeddedPostgres,
  type RoleDatabase,
  type ServiceRole,
  type TenantClaim,
} from "#platform/postgres";
import { onboard } from "#tenants/io";
import { placeFor } from "../../src/platform/postgres/embedded-place.ts";
import { openDirectory } from "./directory.ts";

type Settings = Readonly<Record<string, string>>;

export interface Server {
  readonly dir: string;
  /** PostgreSQL's own directory. */
  readonly data: string;
  /** Valid while it runs; the ports stay from start to start. */
  readonly access: EmbeddedPostgres;
  start(settings?: Settings): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL to every process of it, as a crash of the whole server. Resolves when all are gone. */
  kill(): Promise<void>;
  /** Past every policy, on a connection of its own. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
}

/** Starts nothing by itself. Stopped and removed after the file. */
export function serverIn(dir: string): Server {
  let running: EmbeddedPostgres | null = null;
  const access = (): EmbeddedPostgres => {
    if (running === null) throw new Error("this server does not run");
    return running;
  };
  const server: Server = {
    dir,
    data: placeFor(dir).data,
    get access() {
      return access();
    },
    async start(settings = {}) {
      running = await startEmbeddedPostgres({ dir, settings });
    },
    async stop() {
      await running?.stop();
      running = null;
    },
    async kill() {
      const backends = await server.sql("select pid from pg_stat_activity where pid <> pg_backend_pid()");
      const postmaster = Number(readFileSync(join(server.data, "postmaster.pid"), "utf8").split("\n")[0]);
      const all = [postmaster, ...backends.map(({ pid }) => Number(pid))];
      for (const pid of all) if (!gone(pid)) process.kill(pid, "SIGKILL");
      // The whole machine is dead, and with it whoever would start it again.
      await running?.stop();
      while (!all.every(gone)) await pause(5);
      running = null;
    },
    async sql(text, values = []) {
      const client = new pg.Client({ connectionString: access().adminUrl });
      client.on("error", () => {});
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
      await client.end();
      return rows;
    },
  };
  afterAll(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return server;
}

/** A zombie is gone: where nobody collects orphans, as in many containers, it stays in the list. */
function gone(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  const stat = `/proc/${pid}/stat`;
  return existsSync("/proc/self") && (!existsSync(stat) || / Z /.test(readFileSync(stat, "utf8")));
}

export interface LogOnServer {
  readonly server: Server;
  readonly database: Database;
  readonly audit: Audit;
  readonly keys: Keys;
  readonly kms: Kms;
  readonly claim: TenantClaim;
  role<Role extends ServiceRole>(role: Role): RoleDatabase<Role>;
  adminSql: Server["sql"];
  /** A raw connection with the app's own login. Closed after the file. */
  appClient(): Promise<pg.Client>;
}

/** A server with the whole schema and one tenant. */
export async function logOnServer(): Promise<LogOnServer> {
  const server = serverIn(openDirectory("own"));
  await server.start();
  const { access } = server;
  await migrate(access);
  const open: { close(): Promise<void> }[] = [];
  afterAll(() => Promise.all(open.map((each) => each.close())));
  const database = createDatabase({ url: access.appUrl, claimKey: access.claimKey, maxConnections: 8 });
  open.push(database);
  const kms = createFileKms(join(server.dir, "keys"));
  await openRoot(database, kms);
  const keys = createKeys({ kms, clock: Date.now });
  const audit = createAudit({ keys });
  const made = await onboard(
    { adminUrl: access.adminUrl, claimKey: access.claimKey, append: audit.append },
    { prefix: "acme", by: { operator: { type: "operator", id: "test" }, requestId: "test" } },
  );
  const claim = made.kind === "onboarded" ? await database.claimFor(made.tenantId) : null;
  if (claim === null) throw new Error("no tenant");
  return {
    server,
    database,
    audit,
    keys,
    kms,
    claim,
    adminSql: server.sql,
    async appClient() {
      const client = new pg.Client({ connectionString: server.access.appUrl });
      client.on("error", () => {});
      await client.connect();
      open.push({ close: () => client.end().catch(() => {}) });
      return client;
    },
    role(role) {
      const { sequencerUrl: sequencer, verifierUrl: verifier, auditorUrl: auditor } = server.access;
      const opened = createRoleDatabase({ url: { sequencer, verifier, auditor }[role], role });
      open.push(opened);
      return opened;
    },
  };
}
