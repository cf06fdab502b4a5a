// A real pgbouncer in transaction mode before one database, with one server connection for everybody.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, vi } from "vitest";
import { openDirectory } from "./directory.ts";
import { freePort } from "./free-port.ts";

/** pgbouncer does not run as root. */
const NOBODY = 65_534;

/** Gives the URL through the pooler. Call it at the top of a test file: it ends with the file. */
export async function pooled(url: string): Promise<string> {
  const to = new URL(url);
  const port = await freePort();
  const dir = openDirectory("pooler");
  writeFileSync(join(dir, "users.txt"), `"${to.username}" "${decodeURIComponent(to.password)}"\n`);
  writeFileSync(
    join(dir, "pgbouncer.ini"),
    `[databases]
* = host=${to.hostname} port=${to.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(dir, "users.txt")}
pool_mode = transaction
default_pool_size = 1
max_client_conn = 200
`,
  );
  const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn("pgbouncer", ["-q", join(dir, "pgbouncer.ini")], {
    ...account,
    env: { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  afterAll(async () => {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    rmSync(dir, { recursive: true, force: true });
  });
  to.port = String(port);
  await vi.waitFor(
    async () => {
      if (child.exitCode !== null) throw new Error(`pgbouncer did not start: ${said.join("")}`);
      const client = new pg.Client({ connectionString: to.href });
      await client.connect();
      await client.end();
    },
    { timeout: 20_000, interval: 100 },
  );
  return to.href;
}
