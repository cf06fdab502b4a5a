// The directory of all clients: where it really is, that it is still there, and that its disk tells names apart.

import { randomBytes } from "node:crypto";
import { mkdir, readFile, realpath, stat, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Fault } from "#kernel";
import { isMissing, makeFile } from "#platform/files";

/** Makes it where there is none, and gives its real path: links in it are followed here, once, and never again. */
export async function pinned(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const directory = await realpath(path);
    if (!(await stat(directory)).isDirectory()) throw new Error("it is no directory");
    return directory;
  } catch (error) {
    throw new Fault(
      "config_invalid",
      `The directory of clients (CLIENTS_DIR), ${path}, cannot be used: this user must be able to make it, or to write in it.`,
      { cause: error },
    );
  }
}

/** Whether a file is found under this path. */
export type Sees = (path: string) => Promise<boolean>;
const onDisk: Sees = async (path) => (await stat(path).catch(() => null)) !== null;

/** On such a disk ACME and acme are one folder, and so are two clients (P16). */
export async function refuseFoldedCase(directory: string, sees: Sees = onDisk): Promise<void> {
  const name = `.case-${randomBytes(6).toString("hex")}`;
  await writeFile(join(directory, name), "", { mode: 0o600, flag: "wx" });
  try {
    if (await sees(join(directory, name.toUpperCase())))
      throw new Fault(
        "config_invalid",
        `${directory} lies on a disk that does not tell upper from lower case. Set CLIENTS_DIR to a directory on one that does.`,
      );
  } finally {
    await unlink(join(directory, name));
  }
}

export interface ClientsRoot {
  /** CLIENTS_DIR. */
  readonly path: string;
  /** A file of the server's own, where the first start wrote down which directory that was. */
  readonly pin: string;
  readonly sees?: Sees;
}

const pinFile = z.strictObject({ setting: z.string(), directory: z.string() });

/**
 * At a server's start. INVARIANT: the same setting leads to the same directory at every start (P10): whoever can turn a link on the
 * way would choose what the server reads. Throws `config_invalid` with what to do.
 */
export async function checkClientsRoot({ path, pin, sees }: ClientsRoot): Promise<void> {
  const directory = await pinned(path);
  await refuseFoldedCase(directory, sees);
  const before = await readPin(pin);
  if (before?.setting === path && before.directory !== directory)
    throw new Fault(
      "config_invalid",
      `The directory of clients (CLIENTS_DIR), ${path}, led to ${before.directory} before, and leads to ${directory} now. If you moved it, remove ${pin} and start again. If you did not, somebody else changed a link on its way: find out who.`,
    );
  if (before?.setting === path) return;
  await mkdir(dirname(pin), { recursive: true, mode: 0o700 });
  if (before !== null) await unlink(pin);
  await makeFile(pin, Buffer.from(`${JSON.stringify({ setting: path, directory })}\n`));
}

async function readPin(pin: string): Promise<z.infer<typeof pinFile> | null> {
  try {
    return pinFile.parse(JSON.parse(await readFile(pin, "utf8")));
  } catch (error) {
    if (isMissing(error)) return null;
    throw new Fault(
      "config_invalid",
      `${pin} says where the directory of clients was, and cannot be read. Look at who owns it, or remove it.`,
      { cause: error },
    );
  }
}
