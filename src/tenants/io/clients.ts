// The folders of clients. Whoever can put a link there could have us read or write elsewhere, so nothing is followed.

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Fault } from "#kernel";
import { isMissing, makeFile, replaceFile } from "#platform/files";
import { checkPrefix } from "../prefix.ts";
import { pinned, refuseFoldedCase } from "./clients-root.ts";
import { removeFolder } from "./remove-folder.ts";

/** Of a client's `.env`. */
export const MOST_BYTES = 64 * 1024;
const EXAMPLE = "example";

export type EnvText =
  | { readonly kind: "absent" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "refused"; readonly why: string };

export interface Clients {
  /** The real path, fixed when this was opened. */
  readonly directory: string;
  /** The sealed `.env` as it stands; refused where anybody else could have put it there, or read it. */
  readEnv(prefix: string): Promise<EnvText>;
  /** The client's own settings, `client.yml`; refused as `.env` is. */
  readSettings(prefix: string): Promise<EnvText>;
  /** Whole or not at all, for this user alone. Makes the client's folder where there is none. */
  writeEnv(prefix: string, text: string): Promise<void>;
  /** Gives the paths of the files that were made; what is there stays as it is. */
  scaffold(prefix: string, files: ReadonlyMap<string, string>): Promise<readonly string[]>;
  /** Names of folders, prefixes or not; the example is none. */
  folders(): Promise<readonly string[]>;
  /** Paths of the files in a client's folder, at any depth. */
  files(prefix: string): Promise<readonly string[]>;
  /** The hash of a file as it lies there, `.env` for example; null: there is none, or none that we would read. */
  digest(prefix: string, name: string): Promise<Uint8Array | null>;
  /** The client's folder, with everything in it. Gives how many files went. */
  remove(prefix: string): Promise<number>;
}

/** Makes the directory where there is none. */
export async function openClients(path: string): Promise<Clients> {
  const directory = await pinned(path);

  /** INVARIANT: a prefix is a plain name by its grammar, and its folder a folder of this directory, not a link to another. */
  async function folderOf(prefix: string): Promise<string | null> {
    const checked = checkPrefix(prefix);
    if (checked.kind === "refused") throw new Fault("input_invalid", checked.why);
    const folder = join(directory, checked.prefix);
    try {
      await refuseLink(folder);
      return folder;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async function madeFolder(prefix: string): Promise<string> {
    const there = await folderOf(prefix);
    if (there !== null) return there;
    await refuseFoldedCase(directory);
    await mkdir(join(directory, prefix), { mode: 0o700 });
    return join(directory, prefix);
  }

  return {
    directory,
    async readEnv(prefix) {
      const folder = await folderOf(prefix);
      return folder === null ? { kind: "absent" } : readSealed(join(folder, ".env"));
    },
    async readSettings(prefix) {
      const folder = await folderOf(prefix);
      return folder === null ? { kind: "absent" } : readSealed(join(folder, "client.yml"));
    },
    async writeEnv(prefix, text) {
      const path = join(await madeFolder(prefix), ".env");
      const before = await readSealed(path);
      if (before.kind === "refused") throw new Fault("config_invalid", before.why);
      await replaceFile(path, Buffer.from(text));
    },
    async scaffold(prefix, files) {
      const folder = await madeFolder(prefix);
      const made: string[] = [];
      for (const [name, text] of files) {
        const path = join(folder, name);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await refuseLink(dirname(path));
        if (await makeFile(path, Buffer.from(text))) made.push(path);
      }
      return made;
    },
    async files(prefix) {
      const folder = await folderOf(prefix);
      if (folder === null) return [];
      const all = await readdir(folder, { recursive: true, withFileTypes: true });
      return all.filter((each) => each.isFile()).map((each) => relative(folder, join(each.parentPath, each.name)));
    },
    async digest(prefix, name) {
      const folder = await folderOf(prefix);
      const read = folder === null ? null : await readSealed(join(folder, name));
      return read?.kind === "text" ? createHash("sha256").update(read.text).digest() : null;
    },
    async remove(prefix) {
      const folder = await folderOf(prefix);
      return folder === null ? 0 : removeFolder(directory, prefix);
    },
    async folders() {
      const all = await readdir(directory, { withFileTypes: true });
      return all.filter((each) => !each.isFile() && each.name !== EXAMPLE).map(({ name }) => name);
    },
  };
}

async function refuseLink(folder: string): Promise<void> {
  if ((await lstat(folder)).isDirectory() && (await realpath(folder)) === folder) return;
  throw new Fault("config_invalid", `${folder} is not an ordinary folder. Remove it, or put the client's own there.`);
}

async function readSealed(path: string): Promise<EnvText> {
  const refused = (why: string): EnvText => ({ kind: "refused", why: `${path} ${why}` });
  let file;
  try {
    // Neither a link nor a pipe: the first leads elsewhere, at the second we would wait.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return { kind: "absent" };
    if (error instanceof Error && "code" in error && error.code === "ELOOP")
      return refused("is a link. Put the file itself there.");
    return refused("cannot be read by this user.");
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return refused("is no ordinary file.");
    if (found.nlink !== 1) return refused("has a second name somewhere (a hard link). Remove that one.");
    if (process.getuid !== undefined && found.uid !== process.getuid())
      return refused("belongs to another user. Give it to the one that Countersign runs as.");
    if ((found.mode & 0o077) !== 0) return refused(`is open to other users. Close it: chmod 600 ${path}`);
    if (found.size > MOST_BYTES) return refused(`has ${found.size} bytes, more than any such file (${MOST_BYTES}).`);
    return { kind: "text", text: await file.readFile("utf8") };
  } finally {
    await file.close();
  }
}
