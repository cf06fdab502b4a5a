// An exported log in a directory (docs/audit-format.md). No network, no database.

import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import { broken, filesSource, found, type Files, type LogSource, type Read } from "#verifier";
import { isPlainPath } from "./path.ts";

/** More files than this are no export. */
const MAX_FILES = 5_000_000;

export const directorySource = (folder: string): LogSource => filesSource(directoryFiles(folder));

const directoryFiles = (folder: string): Files => ({
  read: (path, maxBytes) => (isPlainPath(path) ? read(join(folder, path), maxBytes) : never(path)),
  async list() {
    try {
      const all = await readdir(folder, { recursive: true, withFileTypes: true });
      if (all.length > MAX_FILES) return broken("it holds more files than any export");
      const within = (parent: string): string => parent.slice(folder.length).split(sep).filter(Boolean).join("/");
      return found(
        all.filter((each) => !each.isDirectory()).map((each) => posix.join(within(each.parentPath), each.name)),
      );
    } catch (error) {
      return unreadable(error);
    }
  },
});

const never = async (path: string): Promise<Read<Uint8Array>> => broken(`${path} is no path inside an export`);

/** Not by the thread pool: an export has four files for each 256 entries, and handing one over takes longer than reading it. */
async function read(path: string, maxBytes: number): Promise<Read<Uint8Array>> {
  let file: number | null = null;
  try {
    // A pipe would keep us waiting at its opening already.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    // A device or a pipe could be read for ever.
    if (!stats.isFile()) return broken("it is no ordinary file");
    if (stats.size > maxBytes) return broken(`it has ${stats.size} bytes, more than any such file`);
    return found(readFileSync(file));
  } catch (error) {
    return unreadable(error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

function unreadable<T>(error: unknown): Read<T> {
  const code = error instanceof Error && "code" in error ? String(error.code) : "an error";
  // A file where a directory should be: there is nothing under it.
  if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
  if (code === "EACCES" || code === "EPERM") return { kind: "unreadable", why: `this user may not read it (${code})` };
  return { kind: "unreadable", why: `the system answered ${code}` };
}
