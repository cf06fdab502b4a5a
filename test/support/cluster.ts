// One PostgreSQL for the whole run, started by the first test file that asks: files that need none do not pay for it.
import { readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { EmbeddedPostgres } from "#platform/postgres";
import { startTestCluster } from "./cluster-start.ts";
import type { ClusterAnswer } from "./cluster-types.ts";

const PREFIX = "countersign-test-";

declare module "vitest" {
  export interface ProvidedContext {
    clusterPort: number;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  removeLeftovers();
  let started: Promise<EmbeddedPostgres> | null = null;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    started ??= startTestCluster(dirOf(process.pid));
    started.then(
      (cluster) => socket.end(JSON.stringify({ ...cluster } satisfies ClusterAnswer)),
      (error: unknown) =>
        socket.end(
          JSON.stringify({ error: error instanceof Error ? error.message : "unknown" } satisfies ClusterAnswer),
        ),
    );
  });
  project.provide("clusterPort", await listen(server));
  return async () => {
    server.close();
    const cluster = await started?.catch(() => null);
    await cluster?.stop();
    rmSync(dirOf(process.pid), { recursive: true, force: true });
  };
}

const dirOf = (pid: number): string => join(tmpdir(), `${PREFIX}${pid}`);

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : 0);
    });
  });
}

/** Of runs that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : 0;
    if (pid <= 0 || alive(pid)) continue;
    try {
      rmSync(dirOf(pid), { recursive: true, force: true });
    } catch {
      // Another user's: theirs to remove.
    }
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
