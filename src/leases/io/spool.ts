// What was minted, beside the database: sealed, on the disk before its handle is given out, and gone once it is revoked. After a
// kill -9 it is all that knows what to revoke.

import { randomBytes, randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Fault, leaseId, PLATFORM_LOG, type LeaseId } from "#kernel";
import { leaseContext, spoolContext, type Kms } from "#keys";
import { lock, unlock } from "#keys/io";
import { isMissing, makeFile, shredFile } from "#platform/files";
import { branded } from "#platform/postgres";
import type { LeaseRequest, Minted } from "../types.ts";
import { mintedShape, requestShape, tenantShape } from "./shapes.ts";

export interface Spooled {
  readonly lease: LeaseId;
  readonly request: LeaseRequest;
  readonly minted: Minted;
}

export interface LeaseSpool {
  /** Of this directory, and so of the broker that works on it. */
  readonly broker: string;
  /** Resolves once it is on the disk. */
  put(spooled: Spooled): Promise<void>;
  remove(lease: LeaseId): Promise<void>;
  /** What a killed broker left. `damaged`: names of files that do not open, left where they are. */
  read(): Promise<{ readonly spooled: readonly Spooled[]; readonly damaged: readonly string[] }>;
}

const keyShape = z.strictObject({ v: z.literal(1), broker: z.uuid(), key: z.base64() });
const fileShape = z.strictObject({ v: z.literal(1), tenant: tenantShape, sealed: z.base64() });
const insideShape = z.strictObject({ request: requestShape, minted: mintedShape });
const leaseShape = branded(z.string(), leaseId);
const SUFFIX = ".lease";
const KEY_CONTEXT = spoolContext(PLATFORM_LOG, "leases");

/** Sealed under a key of its own, which the platform's KEK wraps: no tenant's key, since a tenant that is being erased has none any more. */
export async function openLeaseSpool(directory: string, kms: Kms): Promise<LeaseSpool> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const { broker, key } = await openKey(join(directory, "spool.key"), kms);
  const path = (lease: LeaseId): string => join(directory, `${lease}${SUFFIX}`);

  async function readOne(lease: LeaseId): Promise<Spooled | "damaged" | "gone"> {
    const text = await readFile(path(lease), "utf8").catch((error: unknown) => {
      if (isMissing(error)) return "gone" as const;
      // One file that a disk does not give must not keep the others from being revoked.
      return null;
    });
    if (text === "gone") return "gone";
    if (text === null) return "damaged";
    const file = fileShape.safeParse(parsed(text));
    if (!file.success) return "damaged";
    const { tenant, sealed } = file.data;
    const plain = unlock(key, Buffer.from(sealed, "base64"), leaseContext(tenant, lease));
    const inside = plain === null ? null : insideShape.safeParse(parsed(plain.toString("utf8")));
    return inside?.success === true ? { lease, ...inside.data } : "damaged";
  }

  return {
    broker,
    async put({ lease, request, minted }) {
      const plain = Buffer.from(JSON.stringify({ request, minted }), "utf8");
      const sealed = lock(key, plain, leaseContext(request.tenant, lease)).toString("base64");
      const made = await makeFile(path(lease), Buffer.from(JSON.stringify({ v: 1, tenant: request.tenant, sealed })));
      if (!made) throw new Fault("invariant_broken", `Lease ${lease} is in the spool already.`);
    },
    remove: (lease) => shredFile(path(lease)),
    async read() {
      const spooled: Spooled[] = [];
      const damaged: string[] = [];
      for (const name of await readdir(directory)) {
        // A draft was never acknowledged: its handle was given to nobody, and its row says that nobody holds it.
        if (name.endsWith(".draft") && name.includes(SUFFIX)) await unlink(join(directory, name));
        if (!name.endsWith(SUFFIX)) continue;
        const lease = leaseShape.safeParse(name.slice(0, -SUFFIX.length));
        const found = lease.success ? await readOne(lease.data) : "damaged";
        if (found === "damaged") damaged.push(name);
        else if (found !== "gone") spooled.push(found);
      }
      return { spooled, damaged };
    },
  };
}

async function openKey(file: string, kms: Kms): Promise<{ readonly broker: string; readonly key: Uint8Array }> {
  const kept = await readKey(file);
  if (kept === null) {
    await kms.create(PLATFORM_LOG);
    const wrapped = Buffer.from(await kms.wrap(PLATFORM_LOG, randomBytes(32), KEY_CONTEXT)).toString("base64");
    await makeFile(file, Buffer.from(JSON.stringify({ v: 1, broker: randomUUID(), key: wrapped })));
  }
  // Also what was just made: of two at the same instant one won.
  const found = kept ?? (await readKey(file));
  const opened = found === null ? null : await kms.unwrap(PLATFORM_LOG, Buffer.from(found.key, "base64"), KEY_CONTEXT);
  if (found === null || opened?.kind !== "key")
    throw new Fault(
      "keys_unavailable",
      `${file} does not open with this key store. Give the lease broker the one that it had (KEYS_DIR, KMS), or move its directory away: what it had minted then ends by itself within the hour.`,
    );
  return { broker: found.broker, key: opened.bytes };
}

async function readKey(file: string): Promise<z.infer<typeof keyShape> | null> {
  try {
    return keyShape.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (isMissing(error)) return null;
    throw new Fault("keys_unavailable", `${file} cannot be read. Restore it, or move the directory away.`, {
      cause: error,
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
