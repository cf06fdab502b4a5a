// A PostgreSQL whose clock is somebody else's: Debian's libfaketime reads by how much it is wrong at every look, so that a server that runs
// is moved by writing a file.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, vi } from "vitest";
import { createDatabase, type Database } from "#platform/postgres";
import { placeFor } from "../../src/platform/postgres/embedded-place.ts";
import { openDirectory } from "./directory.ts";
import { logOnServer, type LogOnServer } from "./own-cluster.ts";

export interface MovedServer extends Pick<LogOnServer, "audit" | "keys" | "claim"> {
  readonly database: Database;
  readonly operator: { readonly adminUrl: string; readonly claimKey: string };
  adminSql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** From now on its clock is the real one and so many hours, while it runs. */
  move(hours: number): void;
}

function library(): string {
  const all = readdirSync("/usr/lib").map((each) => join("/usr/lib", each, "faketime/libfaketime.so.1"));
  const found = all.find((path) => existsSync(path));
  if (found === undefined) throw new Error("libfaketime is missing: apt-get install faketime");
  return found;
}

/** A server with the whole schema and one tenant. Call it at the top of a test file: it ends with the file. */
export async function movedServer(): Promise<MovedServer> {
  const { server, audit, keys, claim } = await logOnServer();
  const { adminUrl, appUrl, claimKey } = server.access;
  await server.stop();
  const dir = openDirectory("clock");
  const file = join(dir, "by");
  const move = (hours: number): void => {
    // At once: half a number is another one.
    writeFileSync(`${file}.new`, `${hours < 0 ? "-" : "+"}${Math.abs(Math.round(hours * 3_600))}\n`);
    renameSync(`${file}.new`, file);
  };
  move(0);
  const { native, account } = placeFor(server.dir);
  const settings = [`port=${new URL(adminUrl).port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]; // prettier-ignore
  const child = spawn(join(native, "bin/postgres"), ["-D", server.data, ...settings.flatMap((each) => ["-c", each])], {
    ...account,
    cwd: dirname(server.data),
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      LC_ALL: "C",
      TZ: "UTC",
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-4_000)));
  afterAll(async () => {
    if (child.exitCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGINT");
    await gone;
  });
  const adminSql: MovedServer["adminSql"] = async (text, values = []) => {
    const client = new pg.Client({ connectionString: adminUrl });
    client.on("error", () => {});
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
    await client.end();
    return rows;
  };
  await vi.waitFor(
    async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL did not start: ${said}`);
      await adminSql("select 1");
    },
    { timeout: 30_000, interval: 100 },
  );
  const database = createDatabase({ url: appUrl, claimKey, maxConnections: 4 });
  afterAll(() => database.close());
  return { database, audit, keys, claim, operator: { adminUrl, claimKey }, adminSql, move };
}
