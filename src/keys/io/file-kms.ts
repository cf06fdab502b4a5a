// The file root key: one directory, a root key, and the files of each tenant's KEK, wrapped by the root.

import { createHmac, randomBytes } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Fault, type TenantId } from "#kernel";
import { makeFile } from "#platform/files";
import type { KekState, Kms, Rewrapped, Unwrapped } from "../types.ts";
import { lock, unlock } from "./aead.ts";
import { refuseOtherStore } from "./stores.ts";
import { createKekFiles, KEY_BYTES, lost, readText, type Kek } from "./kek-files.ts";

const ROOT = /^[0-9a-f]{64}$/;

/** `directory` belongs to this user alone (0700), each file in it too (0600). */
export function createFileKms(directory: string): Kms {
  const rootPath = join(directory, "root.key");
  let root: Uint8Array | null = null;
  const files = createKekFiles(directory, opened);

  async function open(known: string | null): Promise<string> {
    refuseOtherStore(known, "file");
    try {
      // Where keys should be already, an empty directory would look as if there had never been any.
      if (known === null) await mkdir(directory, { recursive: true, mode: 0o700 });
      if (known === null && (await readText(rootPath)) === null)
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
    const text = await readText(rootPath);
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

  async function usable(tenant: TenantId): Promise<boolean> {
    if (await files.isGone(tenant)) return false;
    if (await files.isDisabled(tenant)) throw lost(`The key of tenant ${tenant} is disabled`);
    return true;
  }

  /** The one that wraps now. */
  async function sealing(tenant: TenantId): Promise<Kek> {
    if (!(await usable(tenant))) throw new Fault("keys_unavailable", `The key of tenant ${tenant} was destroyed.`);
    const version = await files.newest(tenant);
    const kek = version === 0 ? null : await files.open(tenant, version);
    if (kek === null || kek === "ended") throw lost(`There is no key file of tenant ${tenant} in ${directory}`);
    return kek;
  }

  const wrapUnder = (kek: Kek, key: Uint8Array, context: Uint8Array): Buffer =>
    Buffer.concat([header(kek), lock(kek.key, key, context)]);

  async function unwrap(tenant: TenantId, wrapped: Uint8Array, context: Uint8Array): Promise<Unwrapped> {
    if (!(await usable(tenant))) return { kind: "destroyed" };
    const version = versionOf(wrapped);
    const kek = version === null ? null : await files.open(tenant, version);
    if (kek === "ended") return { kind: "destroyed" };
    if (kek === null) {
      if ((await files.newest(tenant)) === 0) throw lost(`There is no key file of tenant ${tenant} in ${directory}`);
      return { kind: "damaged" };
    }
    const head = header(kek);
    const bytes = head.equals(wrapped.subarray(0, head.length))
      ? unlock(kek.key, wrapped.subarray(head.length), context)
      : null;
    return bytes === null ? { kind: "damaged" } : { kind: "key", bytes };
  }

  async function state(tenant: TenantId): Promise<KekState> {
    if (await files.isGone(tenant)) return "destroyed";
    if ((await files.newest(tenant)) === 0) return "none";
    return (await files.isDisabled(tenant)) ? "disabled" : "active";
  }

  async function mustBeThere(tenant: TenantId, to: string): Promise<void> {
    const now = await state(tenant);
    if (now === "destroyed" || now === "none")
      throw new Fault("invariant_broken", `Tenant ${tenant} has no key that could be ${to}.`);
  }

  return {
    open,
    state,
    list: files.tenants,
    async create(tenant) {
      const now = await state(tenant);
      if (now === "destroyed")
        throw new Fault("invariant_broken", `The key of tenant ${tenant} was destroyed, which is final.`);
      if (now === "none") await files.make(tenant, 1);
    },
    wrap: async (tenant, key, context) => wrapUnder(await sealing(tenant), key, context),
    unwrap,
    async rotate(tenant, to) {
      const { version } = await sealing(tenant);
      for (let next = version + 1; next <= to; next += 1) await files.make(tenant, next);
    },
    async rewrap(tenant, wrapped, context): Promise<Rewrapped> {
      const found = await unwrap(tenant, wrapped, context);
      if (found.kind !== "key") return found;
      const kek = await sealing(tenant);
      if (versionOf(wrapped) === kek.version) return { kind: "current" };
      return { kind: "rewrapped", bytes: wrapUnder(kek, found.bytes, context) };
    },
    async endVersions(tenant, upTo) {
      const { version } = await sealing(tenant);
      for (let each = 1; each <= upTo && each < version; each += 1) await files.end(tenant, each);
    },
    async disable(tenant) {
      await mustBeThere(tenant, "disabled");
      await files.disable(tenant);
    },
    async enable(tenant) {
      await mustBeThere(tenant, "active");
      await files.enable(tenant);
    },
    destroy: files.destroy,
  };
}

const ID_BYTES = 16;

/** Version of the form; from the second key on, which one it is (four bytes); then the key's id. */
function header({ version, id }: Kek): Buffer {
  const head = Buffer.alloc(version === 1 ? 1 : 5);
  head.writeUInt8(version === 1 ? 1 : 2, 0);
  if (version > 1) head.writeUInt32BE(version, 1);
  return Buffer.concat([head, Buffer.from(id.replaceAll("-", ""), "hex")]);
}

/** null: nothing that `header` begins. */
function versionOf(wrapped: Uint8Array): number | null {
  const blob = Buffer.from(wrapped);
  if (blob.length < 1 + ID_BYTES) return null;
  if (blob.readUInt8(0) === 1) return 1;
  const version = blob.readUInt8(0) === 2 ? blob.readUInt32BE(1) : 0;
  return version > 1 ? version : null;
}
