// How full the disk is on which our own files lie: keys, spool, the broker's store, and built-in PostgreSQL.

import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DISK_FULL_PERCENT } from "#cli";
import { Fault } from "#kernel";
import type { Log } from "#platform/log";
import { repeat, type Opened } from "./lifecycle.ts";

const EVERY_MS = 60_000;

/**
 * Whole percents, as df counts them: what only root may still write is not free. A directory that is not there yet will be on the
 * disk of the one above it.
 */
export async function diskPercent(directory: string): Promise<number> {
  const above = dirname(resolve(directory));
  try {
    const { blocks, bfree, bavail } = await statfs(directory);
    const used = blocks - bfree;
    return used + bavail === 0 ? 0 : Math.ceil((used * 100) / (used + bavail));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT" && above !== resolve(directory))
      return diskPercent(above);
    throw new Fault("config_invalid", `${directory} cannot be looked at: how full its disk is is not known.`, {
      cause: error,
    });
  }
}

/** Says it once when the disk gets there, and once when it is over. */
export function createDiskWatch(
  percent: () => Promise<number>,
  onChange: (full: boolean, percent: number) => void,
): () => Promise<void> {
  let full = false;
  return async () => {
    const now = await percent();
    if (now > DISK_FULL_PERCENT === full) return;
    full = !full;
    onChange(full, now);
  };
}

export function watchDisk(directory: string, log: Log, resources: Opened): void {
  const look = createDiskWatch(
    () => diskPercent(directory),
    (full, percent) => {
      const at = { directory, percent };
      if (full)
        log.error(
          at,
          `the disk of ${directory} is ${percent} % full: free some space, since on a full disk nothing can be recorded and so nothing is done`,
        );
      else log.info(at, "the disk has room again");
    },
  );
  resources.add("the look at the disk", repeat(log, "look at the disk", EVERY_MS, look));
}
