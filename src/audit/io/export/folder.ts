// A directory that an export is written into: each file once, whole or not at all, and its hash remembered.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

const DRAFT = ".draft";

export interface ExportFolder {
  /** False: it was there already, from a run that was cut off, and `bytes` was not asked for. */
  write(path: string, bytes: () => AsyncIterable<Uint8Array>): Promise<boolean>;
  /** null: there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** Hex SHA-256 of every file written or found, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** Durable from here on. */
  sync(): Promise<void>;
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

export async function openFolder(
  folder: string,
  isOurs: (path: string) => boolean,
): Promise<ExportFolder | "other_files" | "no_directory"> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (isCode(error, "EEXIST") || isCode(error, "ENOTDIR")) return "no_directory";
    throw error;
  }
  const there = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((each) => !each.isDirectory())
    .map((each) => join(each.parentPath, each.name).slice(folder.length).replaceAll("\\", "/").replace(/^\/+/, ""));
  const foreign = there.filter((path) => !path.endsWith(DRAFT) && !isOurs(path));
  if (foreign.length > 0) return "other_files";
  for (const path of there) if (path.endsWith(DRAFT)) await rm(join(folder, path));
  const known = new Set(there.filter((path) => !path.endsWith(DRAFT)));
  const files = new Map<string, string>();
  const folders = new Set<string>([folder]);

  async function hashed(path: string): Promise<void> {
    const hash = createHash("sha256");
    const chunks: AsyncIterable<Buffer> = createReadStream(join(folder, path));
    for await (const chunk of chunks) hash.update(chunk);
    files.set(path, hash.digest("hex"));
  }

  return {
    files,
    async write(path, bytes) {
      if (known.has(path)) {
        await hashed(path);
        return false;
      }
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      for (let at = dirname(target); at.length >= folder.length; at = dirname(at)) folders.add(at);
      const draft = `${target}${DRAFT}`;
      const hash = createHash("sha256");
      const file = await open(draft, "wx", 0o400);
      try {
        for await (const chunk of bytes()) {
          hash.update(chunk);
          await file.writeFile(chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      try {
        // INVARIANT: a name is given to a finished file only, and never to a second one.
        await link(draft, target);
      } finally {
        await rm(draft);
      }
      known.add(path);
      files.set(path, hash.digest("hex"));
      return true;
    },
    async read(path) {
      try {
        const file = await open(join(folder, path), "r");
        try {
          return await file.readFile();
        } finally {
          await file.close();
        }
      } catch (error) {
        if (isCode(error, "ENOENT")) return null;
        throw error;
      }
    },
    async sync() {
      for (const path of folders) {
        const handle = await open(path, "r");
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      }
    },
  };
}
