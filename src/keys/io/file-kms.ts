// The file root key: one directory, a root key, and one file for each tenant's KEK, wrapped by the root.

import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault, type TenantId } from "#kernel";
import { isMissing, makeFile, replaceFile, shredFile } from "#platform/files";
import { kekContext } from "../context.ts";
import type { KekState, Kms, Unwrapped } from "../types.ts";
import { lock, unlock } from "./aead.ts";

const KEY_BYTES = 32;
const ROOT = /^[0-9a-f]{64}$/;
const kekFile = z.strictObject({
  v: z.literal(1),
  kek: z.uuid(),
  state: z.enum(["active", "disabled"]),
  wrapped: z.base64(),
});
type KekFile = z.infer<typeof kekFile>;

interface Kek {
  readonly file: KekFile;
  readonly key: Uint8Array;
}

/** `directory` belongs to this user alone (0700), each file in it too (0600). */
export function createFileKms(directory: string): Kms {
  const rootPath = join(directory, "root.key");
  const kekPath = (tenant: TenantId): string => join(directory, `${tenant}.kek`);
  const gonePath = (tenant: TenantId): string => join(directory, `${tenant}.destroyed`);
  let root: Uint8Array | null = null;

  const read = async (path: string): Promise<string | null> => {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return null;
      throw lost(`${path} cannot be read`, error);
    }
  };

  async function open(known: string | null): Promise<string> {
    if (known !== null && !known.startsWith("file:"))
      throw new Fault(
        "config_invalid",
        "This database's keys are in Vault, and not in a directory. Set KMS=vault and VAULT_ADDR: keys are not moved between the two.",
      );
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      if (known === null && (await read(rootPath)) === null)
        await makeFile(rootPath, Buffer.from(`${randomBytes(KEY_BYTES).toString("hex")}\n`));
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault("config_invalid", `${directory} cannot hold keys: this user may not write there. Set KEYS_DIR.`, {
        cause: error,
      });
    }
    root = await readRoot();
    const fingerprint = `file:${createHmac("sha256", root).update("countersign/root/v1").digest("hex").slice(0, 32)}`;
    if (known !== null && known !== fingerprint)
      throw new Fault(
        "config_invalid",
        `The root key in ${directory} is not the one that this database's keys were made with. Set KEYS_DIR to the directory that holds it, or restore root.key from its backup.`,
      );
    return fingerprint;
  }

  async function readRoot(): Promise<Uint8Array> {
    const text = await read(rootPath);
    // INVARIANT: never a new root beside an existing database. It would open nothing, and look as if everything were in order.
    if (text === null)
      throw new Fault(
        "config_invalid",
        `The database has keys, but ${directory} has no root.key. Set KEYS_DIR to the directory that holds it, or restore it from its backup.`,
      );
    const { mode } = await stat(rootPath);
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw new Fault("config_invalid", `Others may read ${rootPath}. Run: chmod 600 ${rootPath}`);
    if (!ROOT.test(text.trim()))
      throw new Fault("config_invalid", `${rootPath} is damaged: it is no key. Restore it from its backup.`);
    return Buffer.from(text.trim(), "hex");
  }

  function opened(): Uint8Array {
    if (root === null) throw new Fault("invariant_broken", "The key store was used before it was opened.");
    return root;
  }

  async function stored(tenant: TenantId): Promise<KekFile | "destroyed" | null> {
    if ((await read(gonePath(tenant))) !== null) return "destroyed";
    const text = await read(kekPath(tenant));
    if (text === null) return null;
    try {
      return kekFile.parse(JSON.parse(text));
    } catch (error) {
      throw lost(`The key file of tenant ${tenant} is damaged. Restore it from its backup`, error);
    }
  }

  async function kekOf(tenant: TenantId): Promise<Kek | "destroyed"> {
    const file = await stored(tenant);
    if (file === "destroyed") return file;
    if (file === null) throw lost(`There is no key file of tenant ${tenant} in ${directory}`);
    if (file.state === "disabled") throw lost(`The key of tenant ${tenant} is disabled`);
    const key = unlock(opened(), Buffer.from(file.wrapped, "base64"), kekContext(tenant, file.kek));
    if (key === null) throw lost(`The key file of tenant ${tenant} does not open under this root key`);
    return { file, key };
  }

  async function change(tenant: TenantId, state: KekFile["state"]): Promise<void> {
    const file = await stored(tenant);
    if (file === "destroyed" || file === null)
      throw new Fault("invariant_broken", `Tenant ${tenant} has no key that could be ${state}.`);
    if (file.state === state) return;
    await written(() => replaceFile(kekPath(tenant), Buffer.from(JSON.stringify({ ...file, state }))));
    // INVARIANT: what was destroyed meanwhile does not come back by our having written it again.
    if ((await read(gonePath(tenant))) !== null) await shredFile(kekPath(tenant));
  }

  async function written<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error: unknown) => {
      throw lost(`${directory} cannot be written`, error);
    });
  }

  return {
    open,
    async create(tenant) {
      const there = await stored(tenant);
      if (there === "destroyed")
        throw new Fault("invariant_broken", `The key of tenant ${tenant} was destroyed, which is final.`);
      if (there !== null) return;
      const kek = randomUUID();
      const wrapped = lock(opened(), randomBytes(KEY_BYTES), kekContext(tenant, kek)).toString("base64");
      const file = { v: 1, kek, state: "active", wrapped } satisfies KekFile;
      await written(() => makeFile(kekPath(tenant), Buffer.from(JSON.stringify(file))));
    },
    async wrap(tenant, key, context) {
      const kek = await kekOf(tenant);
      if (kek === "destroyed") throw new Fault("keys_unavailable", `The key of tenant ${tenant} was destroyed.`);
      return Buffer.concat([header(kek.file), lock(kek.key, key, context)]);
    },
    async unwrap(tenant, wrapped, context): Promise<Unwrapped> {
      const kek = await kekOf(tenant);
      if (kek === "destroyed") return { kind: "destroyed" };
      const head = header(kek.file);
      const bytes = head.equals(wrapped.subarray(0, head.length))
        ? unlock(kek.key, wrapped.subarray(head.length), context)
        : null;
      return bytes === null ? { kind: "damaged" } : { kind: "key", bytes };
    },
    disable: (tenant) => change(tenant, "disabled"),
    enable: (tenant) => change(tenant, "active"),
    async destroy(tenant) {
      // The tombstone first: a crash between the two leaves a key that nobody uses, and the next call finishes.
      const bury = (): Promise<boolean> => makeFile(gonePath(tenant), Buffer.from("destroyed\n"));
      await bury().catch(async () => {
        // To end a key must not fail for want of space: the key's own goes first then.
        await shredFile(kekPath(tenant));
        await written(bury);
      });
      await shredFile(kekPath(tenant));
    },
    async state(tenant): Promise<KekState> {
      const file = await stored(tenant);
      return file === null ? "none" : file === "destroyed" ? file : file.state;
    },
  };
}

/** Version of the form, then which KEK it was: what rotation will need to tell old from new. */
function header({ kek }: KekFile): Buffer {
  return Buffer.concat([Buffer.from([1]), Buffer.from(kek.replaceAll("-", ""), "hex")]);
}

const lost = (what: string, cause?: unknown): Fault =>
  new Fault("keys_unavailable", `${what}. Nothing is sealed or opened for it meanwhile.`, { cause });
