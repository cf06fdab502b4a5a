// A copy in a directory that stands for an object store with a lock (AUDIT_ANCHOR_DIR): tlog-tiles names, each file written
// once. Mount a bucket with Object Lock there, or copy it to one; a file that exists with other bytes is an alarm, never replaced.

import { access, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "#kernel";
import { makeFile, replaceFile } from "#platform/files";
import type { RoleDatabase } from "#platform/postgres";
import { checkpointPath, NEWEST } from "../../anchors.ts";
import { cosignedCheckpoint, filesBetween } from "./epoch-copy.ts";
import { keepAnchored, lastAnchored, newestCheckpoint } from "./records.ts";

export interface DirectoryAnchorParts {
  readonly database: RoleDatabase<"sequencer">;
  readonly directory: string;
}

/**
 * Resolves to the epoch that was copied; null: nothing new. Throws `log_diverged` when the copy holds something else, and
 * `anchor_unavailable` when it has lost what was in it: by then it is whole again.
 */
export function createDirectoryAnchor({ database, directory }: DirectoryAnchorParts) {
  return async (): Promise<number | null> => {
    const newest = await database.transaction(newestCheckpoint);
    const last = await database.transaction((tx) => lastAnchored(tx, "directory"));
    if (newest === null || (last !== null && newest.epoch <= last)) return null;
    const { epoch } = newest;
    // Emptied, exchanged, or a disk that is not mounted: a copy that goes on from here would never be whole.
    const lost = last !== null && !(await isThere(join(directory, checkpointPath(last))));
    await database.transaction(async (tx) => {
      for await (const { path, bytes } of filesBetween(tx, last === null || lost ? 0 : last + 1, epoch + 1))
        await writeOnce(join(directory, path), bytes);
      const note = Buffer.from((await cosignedCheckpoint(tx, epoch)) ?? newest.note);
      await writeOnce(join(directory, checkpointPath(epoch)), note, sameText);
      await replaceFile(join(directory, NEWEST), note, PUBLIC);
      await keepAnchored(tx, "directory", epoch);
    });
    if (lost)
      throw new Fault(
        "anchor_unavailable",
        `The copy in ${directory} had lost what was in it up to epoch ${last}. It was made anew from the database, up to epoch ${epoch}. Find out whether the disk was mounted, and who may delete there: a copy that can be emptied proves nothing.`,
      );
    return epoch;
  };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
/** Of a checkpoint that was written before, only cosignatures may differ: some came later. */
const sameText = (a: Uint8Array, b: Uint8Array): boolean =>
  Buffer.from(a).toString().split("\n\n", 1)[0] === Buffer.from(b).toString().split("\n\n", 1)[0];

/** For whoever watches. */
const PUBLIC = 0o644;

async function writeOnce(
  path: string,
  bytes: Uint8Array,
  same: (a: Uint8Array, b: Uint8Array) => boolean = sameBytes,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (!(await makeFile(path, bytes, PUBLIC)) && !same(await readFile(path), bytes))
    throw new Fault(
      "log_diverged",
      `${path} is there with other bytes than the database has: one of the two was changed. The copy is left as it is.`,
    );
}
