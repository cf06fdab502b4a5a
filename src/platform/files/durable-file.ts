// Files that a crash, at any instant, leaves whole or absent.

import { link, open, readdir, rename, unlink } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";

/** Readable by this user only. */
const PRIVATE = 0o600;

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : null);
export const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";

async function draftOf(path: string, bytes: Uint8Array, mode: number): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.draft`;
  const file = await open(draft, "wx", mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    // A full disk: what is half there is of use to nobody, and may be half a secret.
    await unlink(draft);
    throw error;
  } finally {
    await file.close();
  }
  return draft;
}

/** Those of `path` that a crash left behind. */
async function draftsOf(path: string): Promise<readonly string[]> {
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith(`${basename(path)}.`) && name.endsWith(".draft"))
    .map((name) => join(dirname(path), name));
}

async function syncDirectoryOf(path: string): Promise<void> {
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** False: it was there already, and is left as it is. Of any number of makers at the same instant one wins. */
export async function makeFile(path: string, bytes: Uint8Array, mode: number = PRIVATE): Promise<boolean> {
  const draft = await draftOf(path, bytes, mode);
  try {
    // A name for a finished file: nobody ever reads half of one.
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(draft);
  }
  await syncDirectoryOf(path);
  return true;
}

export async function replaceFile(path: string, bytes: Uint8Array, mode: number = PRIVATE): Promise<void> {
  await rename(await draftOf(path, bytes, mode), path);
  await syncDirectoryOf(path);
}

/**
 * Overwritten where it lies, then removed, and so are the drafts of it that a crash left: they say what it said. On a copy-on-write or log-structured disk the old blocks may live on for a while,
 * which is why the root key is worth a disk of its own.
 */
export async function shredFile(path: string): Promise<void> {
  for (const each of [path, ...(await draftsOf(path))]) await shred(each);
  await syncDirectoryOf(path);
}

async function shred(path: string): Promise<void> {
  try {
    const file = await open(path, "r+");
    try {
      const { size } = await file.stat();
      await file.write(randomBytes(size), 0, size, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
