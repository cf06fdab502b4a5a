// A folder taken away with everything in it, while somebody may be putting links into it. On Linux each step is relative to a
// directory that is held open, so that a name that becomes a link meanwhile leads nowhere; elsewhere, see SECURITY-TODOS.md.

import { constants, existsSync } from "node:fs";
import { lstat, open, readdir, rmdir, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "#kernel";
import { isMissing } from "#platform/files";

const DESCRIPTORS = "/proc/self/fd";
const HELD_OPEN = existsSync(DESCRIPTORS);
/** Neither a link nor a pipe, at which we would wait. */
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Something that is put back as often as we take it away is not ours to win against. */
const ROUNDS = 5;
const DEEPEST = 64;

/**
 * `name` in the directory `root`, which is a real path. Gives how many files went; 0 where there is nothing.
 * INVARIANT: a link is taken away and never followed, and nothing on another disk than the root's is touched.
 */
export async function removeFolder(root: string, name: string): Promise<number> {
  const top = await opened(root);
  try {
    const { dev } = await top.stat();
    return await removeIn(within(top, root), name, { dev, shown: join(root, name), depth: 0 });
  } finally {
    await top.close();
  }
}

interface Place {
  readonly dev: number;
  /** For a person to read. */
  readonly shown: string;
  readonly depth: number;
}

async function removeIn(parent: string, name: string, place: Place): Promise<number> {
  if (place.depth > DEEPEST) throw stuck(place.shown, "lies deeper than any client's folder");
  const path = join(parent, name);
  let folder: FileHandle;
  try {
    folder = await opened(path);
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
  let gone = 0;
  try {
    if ((await folder.stat()).dev !== place.dev) throw stuck(place.shown, "is another disk, mounted there");
    for (let round = 0; round < ROUNDS; round += 1) {
      const here = within(folder, path);
      const names = await readdir(here);
      if (names.length === 0) break;
      for (const each of names) gone += await removeOne(here, each, { ...place, shown: join(place.shown, each) });
    }
  } finally {
    await folder.close();
  }
  await rmdir(path).catch((error: unknown) => {
    if (!isMissing(error))
      throw stuck(place.shown, "does not get empty: something is put there again and again", error);
  });
  return gone;
}

async function removeOne(parent: string, name: string, place: Place): Promise<number> {
  const path = join(parent, name);
  const found = await lstat(path).catch(whereThere);
  if (found === null) return 0;
  // What is a folder now and a link at the next call is not opened then, but taken away as the link that it is, a round later.
  if (found.isDirectory())
    return removeIn(parent, name, { ...place, depth: place.depth + 1 }).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && (error.code === "ELOOP" || error.code === "ENOTDIR")) return 0;
      throw error;
    });
  await unlink(path).catch(whereThere);
  return 1;
}

const opened = (path: string): Promise<FileHandle> => open(path, FOLDER);
const within = (folder: FileHandle, path: string): string => (HELD_OPEN ? join(DESCRIPTORS, String(folder.fd)) : path);
const stuck = (path: string, why: string, cause?: unknown): Fault =>
  new Fault("config_invalid", `${path} ${why}. Nothing of it was followed. Put that right, and run this again.`, {
    cause,
  });

function whereThere(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}
