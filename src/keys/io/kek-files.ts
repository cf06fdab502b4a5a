// A tenant's key files in the directory of the file root key. INVARIANT: a file with a key in it is made once and never written again, only shredded:
// of two processes that change something at the same moment, neither can bring back what the other has ended, or lose what it has made.

import { randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault, tenantId, type TenantId } from "#kernel";
import { isMissing, makeFile, replaceFile, shredFile } from "#platform/files";
import { kekContext } from "../context.ts";
import { lock, unlock } from "./aead.ts";

export const KEY_BYTES = 32;
const KEK_NAME = /^([0-9a-f-]{36})(?:\.[0-9]+)?\.kek$/;
const GONE_NAME = /^([0-9a-f-]{36})\.destroyed$/;
const kekFile = z.strictObject({
  v: z.literal(1),
  kek: z.uuid(),
  /** Disabled is said by a file of its own; here in files of earlier programs. */
  state: z.enum(["active", "disabled"]),
  wrapped: z.base64(),
});
type KekFile = z.infer<typeof kekFile>;

export interface Kek {
  readonly version: number;
  readonly id: string;
  readonly key: Uint8Array;
}

export const lost = (what: string, cause?: unknown): Fault =>
  new Fault("keys_unavailable", `${what}. Nothing is sealed or opened for it meanwhile.`, { cause });

export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw lost(`${path} cannot be read`, error);
  }
}

export function createKekFiles(directory: string, root: () => Uint8Array) {
  const gonePath = (tenant: TenantId): string => join(directory, `${tenant}.destroyed`);
  const disabledPath = (tenant: TenantId): string => join(directory, `${tenant}.disabled`);
  const endedPath = (tenant: TenantId, version: number): string => join(directory, `${tenant}.${version}.ended`);
  const kekPath = (tenant: TenantId, version: number): string =>
    join(directory, version === 1 ? `${tenant}.kek` : `${tenant}.${version}.kek`);

  const isGone = async (tenant: TenantId): Promise<boolean> => (await readText(gonePath(tenant))) !== null;

  async function written<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error: unknown) => {
      throw lost(`${directory} cannot be written`, error);
    });
  }

  async function stored(tenant: TenantId, version: number): Promise<KekFile | "ended" | null> {
    if ((await readText(endedPath(tenant, version))) !== null) return "ended";
    const text = await readText(kekPath(tenant, version));
    if (text === null) return null;
    try {
      return kekFile.parse(JSON.parse(text));
    } catch (error) {
      throw lost(`The key file of tenant ${tenant} is damaged. Restore it from its backup`, error);
    }
  }

  /** 0: there is none. */
  async function newest(tenant: TenantId): Promise<number> {
    let version = 0;
    while ((await stored(tenant, version + 1)) !== null) version += 1;
    return version;
  }

  async function shredAll(tenant: TenantId): Promise<void> {
    const names = await readdir(directory);
    const keys = names.filter((name) => name.startsWith(`${tenant}.`) && /\.kek(?:$|\.)/.test(name));
    const paths = new Set([
      kekPath(tenant, 1),
      ...keys.map((name) => join(directory, name.replace(/\.kek.*$/, ".kek"))),
    ]);
    for (const path of paths) await shredFile(path);
    await shredFile(disabledPath(tenant));
  }

  return {
    isGone,
    newest,
    /** By their files, whatever is in them. */
    async tenants(): Promise<readonly TenantId[]> {
      const names = await readdir(directory);
      const ids = new Set(names.flatMap((name) => KEK_NAME.exec(name)?.[1] ?? []));
      const gone = new Set(names.flatMap((name) => GONE_NAME.exec(name)?.[1] ?? []));
      return [...ids].filter((id) => !gone.has(id)).flatMap((id) => tenantId(id) ?? []);
    },
    async isDisabled(tenant: TenantId): Promise<boolean> {
      if ((await readText(disabledPath(tenant))) !== null) return true;
      const first = await stored(tenant, 1);
      return first !== null && first !== "ended" && first.state === "disabled";
    },
    async open(tenant: TenantId, version: number): Promise<Kek | "ended" | null> {
      const file = await stored(tenant, version);
      if (file === null || file === "ended") return file;
      const key = unlock(root(), Buffer.from(file.wrapped, "base64"), kekContext(tenant, file.kek));
      if (key === null) throw lost(`The key file of tenant ${tenant} does not open under this root key`);
      return { version, id: file.kek, key };
    },
    /** Of any number of makers at the same instant one wins. */
    async make(tenant: TenantId, version: number): Promise<void> {
      const kek = randomUUID();
      const wrapped = lock(root(), randomBytes(KEY_BYTES), kekContext(tenant, kek)).toString("base64");
      const file = { v: 1, kek, state: "active", wrapped } satisfies KekFile;
      try {
        await written(() => makeFile(kekPath(tenant, version), Buffer.from(JSON.stringify(file))));
      } finally {
        // INVARIANT: what was destroyed meanwhile does not come back by our having made it again, nor by our having failed half-way.
        if (await isGone(tenant)) await shredAll(tenant);
      }
    },
    /** The mark first: a crash between the two leaves a key that nobody uses, and the next call finishes. */
    async end(tenant: TenantId, version: number): Promise<void> {
      await written(() => makeFile(endedPath(tenant, version), Buffer.from("ended\n")));
      await shredFile(kekPath(tenant, version));
    },
    async disable(tenant: TenantId): Promise<void> {
      try {
        await written(() => makeFile(disabledPath(tenant), Buffer.from("disabled\n")));
      } finally {
        if (await isGone(tenant)) await shredFile(disabledPath(tenant));
      }
    },
    async enable(tenant: TenantId): Promise<void> {
      const first = await stored(tenant, 1);
      if (first !== null && first !== "ended" && first.state === "disabled") {
        const active = Buffer.from(JSON.stringify({ ...first, state: "active" }));
        await written(() => replaceFile(kekPath(tenant, 1), active));
        if (await isGone(tenant)) await shredAll(tenant);
      }
      await shredFile(disabledPath(tenant));
    },
    async destroy(tenant: TenantId): Promise<void> {
      // The tombstone first: a crash between the two leaves a key that nobody uses, and the next call finishes.
      const bury = (): Promise<boolean> => makeFile(gonePath(tenant), Buffer.from("destroyed\n"));
      await bury().catch(async () => {
        // To end a key must not fail for want of space: the key's own goes first then.
        await shredAll(tenant);
        await written(bury);
      });
      await shredAll(tenant);
    },
  };
}
