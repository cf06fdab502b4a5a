import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mysql from "mysql2/promise";
import { afterAll } from "vitest";
import { freePort } from "../../support/free-port.ts";

/** A client's MariaDB; or the server that SQLGUARD_SERVER names (mysql://root@…), to try the same on another version. */
export interface ClientServer {
  /** The administrator's URL, with a database of this test's own. */
  readonly adminUrl: string;
  readonly dialect: "mysql" | "mariadb";
  sql(text: string, values?: readonly string[]): Promise<readonly Record<string, unknown>[]>;
  /** Names of the files in its data directory; empty when it is not ours. */
  files(): readonly string[];
}

/** Call it at the top of the file; it is stopped after it. */
export async function clientServer(): Promise<ClientServer> {
  const given = process.env["SQLGUARD_SERVER"];
  const own = given === undefined ? await startMariadb() : null;
  const base = given ?? `mysql://root@127.0.0.1:${own?.port}`;
  const admin = await connected({ uri: base });
  const database = `client_${process.pid}_${Math.trunc(performance.now())}`;
  await admin.query(`create database ${database} character set utf8mb4`);
  await admin.query(`use ${database}`);
  const [version] = await admin.query<mysql.RowDataPacket[]>("select version() as v");
  afterAll(async () => {
    if (own === null) await admin.query(`drop database ${database}`);
    await admin.end();
    await own?.stop();
  });
  return {
    adminUrl: `${base}/${database}`,
    dialect: String(version[0]?.["v"]).includes("MariaDB") ? "mariadb" : "mysql",
    async sql(text, values = []) {
      const [rows] = await admin.query<mysql.RowDataPacket[]>(text, [...values]);
      return Array.isArray(rows) ? rows : [];
    },
    files: () => (own === null ? [] : filesIn(own.data)),
  };
}

const filesIn = (data: string): readonly string[] =>
  readdirSync(data, { recursive: true, encoding: "utf8" })
    .filter((name) => !/^(?:ib_|ibtmp|aria_log|tc\.log)/.test(name))
    .toSorted();

interface Started {
  readonly port: number;
  readonly data: string;
  stop(): Promise<void>;
}

/** Where distributions keep daemons is not on everybody's PATH. */
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin`;

/** The server ends when we end, however that is: a file that fails before its first test has no afterAll. */
const WATCHED = 'exec 3<&0; mariadbd "$@" 3<&- & p=$!; (cat <&3 >/dev/null; kill -9 $p) & wait $p';

async function startMariadb(): Promise<Started> {
  const dir = mkdtempSync(join(tmpdir(), "countersign-mariadb-"));
  const data = join(dir, "data");
  const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
  const env = { ...process.env, PATH };
  const made = spawnSync(
    "mariadb-install-db",
    ["--no-defaults", ...asRoot, `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"],
    { env, encoding: "utf8" },
  );
  if (made.status !== 0)
    throw new Error(`mariadb-install-db: ${made.error?.message ?? made.stderr}. It is in Debian's mariadb-server.`);
  const socket = join(dir, "s");
  // Somebody else may take the port before the server does: then it ends, and another port is tried.
  for (let tries = 0; ; tries++) {
    const port = await freePort();
    const server = spawn(
      "sh",
      ["-c", WATCHED, "mariadbd", "--no-defaults", ...asRoot, `--datadir=${data}`, `--socket=${socket}`, `--pid-file=${join(dir, "pid")}`, `--port=${port}`,
        "--bind-address=127.0.0.1", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--performance-schema=ON"],
      { env, stdio: ["pipe", "ignore", "ignore"] },
    ); // prettier-ignore
    const stop = async (): Promise<void> => {
      await ended(server);
      rmSync(dir, { recursive: true, force: true });
    };
    try {
      // By its own socket: what answers at the port might be another one.
      await (await connected({ user: "root", socketPath: socket }, () => server.exitCode === null)).end();
      return { port, data, stop };
    } catch (error) {
      if (server.exitCode !== null && tries < 3) continue;
      await stop();
      throw error;
    }
  }
}

function ended(server: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once("exit", () => resolve());
    server.stdin?.end();
  });
}

/** A server that was just started takes a moment. */
async function connected(options: mysql.ConnectionOptions, isUp = () => true): Promise<mysql.Connection> {
  const until = performance.now() + 30_000;
  for (;;) {
    try {
      return await mysql.createConnection({ ...options, multipleStatements: false });
    } catch (error) {
      if (performance.now() > until || !isUp()) throw error;
      await new Promise((resolve) => void setTimeout(resolve, 100));
    }
  }
}
