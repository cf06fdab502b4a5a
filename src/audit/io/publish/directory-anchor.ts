// A copy in a directory that stands for an object store with a lock (AUDIT_ANCHOR_DIR): tlog-tiles names, each file written
// once. Mount a bucket with Object Lock there, or copy it to one; a file that exists with other bytes is an alarm, never replaced.

import { link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "#kernel";
import type { RoleDatabase } from "#platform/postgres";
import { checkpointPath, NEWEST } from "../../anchors.ts";
import { syncDirectory } from "../durable-file.ts";
import { cosignedCheckpoint, filesBetween } from "./epoch-copy.ts";
import { keepAnchored, lastAnchored, newestCheckpoint } from "./records.ts";

export interface DirectoryAnchorParts {
  readonly database: RoleDatabase<"sequencer">;
  readonly directory: string;
}

/** Resolves to the epoch that was copied; null: nothing new. Throws `log_diverged` when the copy holds something else. */
export function createDirectoryAnchor({ database, directory }: DirectoryAnchorParts) {
  return async (): Promise<number | null> => {
    const newest = await database.transaction(newestCheckpoint);
    const last = await database.transaction((tx) => lastAnchored(tx, "directory"));
    if (newest === null || (last !== null && newest.epoch <= last)) return null;
    const { epoch } = newest;
    await database.transaction(async (tx) => {
      for await (const { path, bytes } of filesBetween(tx, last === null ? 0 : last + 1, epoch + 1))
        await writeOnce(join(directory, path), bytes);
      const note = Buffer.from((await cosignedCheckpoint(tx, epoch)) ?? newest.note);
      await writeOnce(join(directory, checkpointPath(epoch)), note, sameText);
      await replace(join(directory, NEWEST), note);
      await keepAnchored(tx, "directory", epoch);
    });
    return epoch;
  };
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
/** Of a checkpoint that was written before, only cosignatures may differ: some came later. */
const sameText = (a: Uint8Array, b: Uint8Array): boolean =>
  Buffer.from(a).toString().split("\n\n", 1)[0] === Buffer.from(b).toString().split("\n\n", 1)[0];

/** Exclusive: a link to a draft fails when the name is taken, so no reader ever sees half a file and no writer wins twice. */
async function writeOnce(
  path: string,
  bytes: Uint8Array,
  same: (a: Uint8Array, b: Uint8Array) => boolean = sameBytes,
): Promise<void> {
  const draft = await drafted(path, bytes);
  try {
    await link(draft, path);
    syncDirectory(dirname(path));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    if (!same(await readFile(path), bytes))
      throw new Fault(
        "log_diverged",
        `${path} is there with other bytes than the database has: one of the two was changed. The copy is left as it is.`,
      );
  } finally {
    await rm(draft, { force: true });
  }
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await rename(await drafted(path, bytes), path);
  syncDirectory(dirname(path));
}

async function drafted(path: string, bytes: Uint8Array): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.draft`;
  await rm(draft, { force: true });
  const file = await open(draft, "wx", 0o644);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}
