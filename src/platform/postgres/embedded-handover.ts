import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Fault } from "#kernel";
import type { Place } from "./embedded-place.ts";
import type { EmbeddedState } from "./embedded-state.ts";

const HANDOVER_MS = 15_000;
/** A server whose Countersign was killed is told by its guard to end; after this we ask it ourselves. */
const PATIENCE_MS = 2_000;
const POLL_MS = 40;

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** A process id is used again, above all in containers: it is our server only if it says so. */
function serves(pid: number, data: string): boolean {
  const file = `/proc/${pid}/cmdline`;
  if (!existsSync("/proc/self/cmdline")) return alive(pid);
  return existsSync(file) && readFileSync(file, "utf8").split("\0").includes(data);
}

/** After a kill -9 the lock file is stale, or its server is still shutting down, or it is somebody's running server. */
export async function waitForPredecessor(place: Place, state: EmbeddedState | null, dir: string): Promise<void> {
  const lock = join(place.data, "postmaster.pid");
  const until = Date.now() + HANDOVER_MS;
  let asked = false;
  while (existsSync(lock)) {
    const pid = Number.parseInt(readFileSync(lock, "utf8").split("\n")[0] ?? "", 10);
    if (!(pid > 0) || !alive(pid) || !serves(pid, place.data)) {
      rmSync(lock, { force: true });
      return;
    }
    const owner = state?.owner ?? 0;
    if (owner === process.pid || (owner > 0 && alive(owner))) {
      throw new Fault(
        "config_invalid",
        `Another Countersign (process ${owner}) is using ${dir}. Stop it first, or give this one a directory of its own (DATA_DIR).`,
      );
    }
    if (Date.now() > until)
      throw new Fault(
        "database_unavailable",
        `An earlier PostgreSQL (process ${pid}) still runs in ${place.data}. Stop it with: kill -INT ${pid}`,
      );
    // Without its keys nobody knows whose it is: of a living server, perhaps, whose directory was removed.
    if (state !== null && !asked && Date.now() > until - HANDOVER_MS + PATIENCE_MS) {
      asked = true;
      process.kill(pid, "SIGINT");
    }
    await pause(POLL_MS);
  }
}
