// AWS KMS: one key for each version of each tenant's KEK, by the tenant's id and never by its prefix. What to allow: docs/runbooks/aws-kms.md.

import { createHash, randomBytes } from "node:crypto";
import { Fault, tenantId, type TenantId } from "#kernel";
import type { KekState, Kms, Rewrapped, Unwrapped } from "../types.ts";
import { lock, unlock } from "./aead.ts";
import { awsLost, createAwsCalls, DAYS_UNTIL_GONE, type AwsKey, type AwsPlace } from "./aws/calls.ts";
import { refuseOtherStore } from "./stores.ts";

const ROOT = "alias/countersign-root";
const NAMED = /^alias\/countersign-([0-9a-f]{8}-[0-9a-f-]{27})$/;

/**
 * Versions are keys of their own: AWS's rotation keeps what it replaces for ever, and ours must end. The alias of the tenant names the newest
 * one; each version has an alias, too, which only one of two who make it at the same moment gets.
 */
export function createAwsKms(place: AwsPlace): Kms {
  const calls = createAwsCalls(place);
  const currentOf = (tenant: TenantId): string => `alias/countersign-${tenant}`;
  const aliasOf = (tenant: TenantId, version: number): string => `${currentOf(tenant)}-v${version}`;
  const described = (tenant: TenantId, version: number): string => `countersign/${tenant}/v${version}`;
  const newest = (tenant: TenantId): Promise<AwsKey | null> => calls.key(currentOf(tenant));
  const missing = (tenant: TenantId): Fault => awsLost(`has no key of tenant ${tenant} in ${place.region}`);

  async function state(tenant: TenantId): Promise<KekState> {
    const key = await newest(tenant);
    if (key === null) return "none";
    return key.state === "ending" ? "destroyed" : key.state === "enabled" ? "active" : "disabled";
  }

  async function open(known: string | null): Promise<string> {
    refuseOtherStore(known, "aws");
    if (known === null && (await calls.key(ROOT)) === null) await calls.make(ROOT, "countersign/root");
    const root = await calls.key(ROOT);
    // INVARIANT: never a new root beside a database that has keys. It would open nothing, and look as if everything were in order.
    if (root === null)
      throw new Fault(
        "config_invalid",
        `The database has keys, but AWS KMS in ${place.region} has no ${ROOT}. Set AWS_REGION, and the account that the server's role is of, to those that hold it.`,
      );
    if (root.state !== "enabled")
      throw new Fault("config_invalid", `${ROOT} of AWS KMS is not enabled. Enable it, or cancel its deletion, first.`);
    const fingerprint = `aws:${createHash("sha256").update(root.arn).digest("hex").slice(0, 32)}`;
    if (known !== null && known !== fingerprint)
      throw new Fault(
        "config_invalid",
        `AWS KMS in ${place.region} is not the one that this database's keys were made with: ${ROOT} is another key.`,
      );
    return fingerprint;
  }

  /** Of a key that may be used. */
  async function usable(tenant: TenantId): Promise<number> {
    const key = await newest(tenant);
    if (key === null) throw missing(tenant);
    if (key.state !== "enabled")
      throw new Fault(
        "keys_unavailable",
        `The key of tenant ${tenant} is ${key.state === "ending" ? "destroyed" : "disabled"}.`,
      );
    return versionIn(key);
  }

  async function wrap(tenant: TenantId, key: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    const version = await usable(tenant);
    const own = randomBytes(KEY_BYTES);
    const wrapped = await calls.encrypt(aliasOf(tenant, version), own, boundTo(tenant, context));
    if (wrapped === null) throw awsLost(`no longer encrypts for tenant ${tenant}`);
    const head = Buffer.alloc(HEAD);
    head.writeUInt8(FORM, 0);
    head.writeUInt32BE(version, 1);
    head.writeUInt16BE(wrapped.length, 5);
    return Buffer.concat([head, wrapped, lock(own, key, Buffer.concat([head, context]))]);
  }

  async function unwrap(tenant: TenantId, wrapped: Uint8Array, context: Uint8Array): Promise<Unwrapped> {
    const now = await state(tenant);
    if (now === "destroyed") return { kind: "destroyed" };
    const version = await usable(tenant);
    const blob = partsOf(wrapped);
    if (blob === null || blob.version > version) return { kind: "damaged" };
    const found = await calls.decrypt(aliasOf(tenant, blob.version), blob.wrapped, boundTo(tenant, context));
    switch (found.kind) {
      case "plain": {
        const bytes = unlock(found.bytes, blob.locked, Buffer.concat([blob.head, context]));
        return bytes === null ? { kind: "damaged" } : { kind: "key", bytes };
      }
      case "damaged":
        return { kind: "damaged" };
      // Made once, and there no more: AWS deletes nothing that nobody has told it to.
      case "absent":
        return { kind: "destroyed" };
      case "disabled":
        throw new Fault("keys_unavailable", `The key of tenant ${tenant} is disabled.`);
      case "unusable":
        if ((await calls.key(aliasOf(tenant, blob.version)))?.state === "ending") return { kind: "destroyed" };
        throw awsLost(`does not let the key of tenant ${tenant} be used now`);
    }
  }

  async function make(tenant: TenantId, version: number): Promise<void> {
    if ((await calls.key(aliasOf(tenant, version))) === null)
      await calls.make(aliasOf(tenant, version), described(tenant, version));
    const key = await calls.key(aliasOf(tenant, version));
    if (key === null) throw missing(tenant);
    await calls.point(currentOf(tenant), key.id);
  }

  /** Each version that there is, newest first. */
  async function versions(tenant: TenantId): Promise<readonly AwsKey[]> {
    const key = await newest(tenant);
    const found: AwsKey[] = [];
    for (let version = key === null ? 0 : versionIn(key); version > 0; version -= 1) {
      const each = await calls.key(aliasOf(tenant, version));
      if (each !== null) found.push(each);
    }
    return found;
  }

  async function mustBeThere(tenant: TenantId, to: string): Promise<void> {
    const now = await state(tenant);
    if (now === "destroyed" || now === "none")
      throw new Fault("invariant_broken", `Tenant ${tenant} has no key that could be ${to}.`);
  }

  return {
    recallDays: DAYS_UNTIL_GONE,
    open,
    state,
    wrap,
    unwrap,
    async list() {
      const tenants: TenantId[] = [];
      for (const alias of await calls.aliases()) {
        const tenant = tenantId(NAMED.exec(alias)?.[1] ?? "");
        if (tenant !== null && (await state(tenant)) !== "destroyed") tenants.push(tenant);
      }
      return tenants;
    },
    async create(tenant) {
      const now = await state(tenant);
      if (now === "destroyed")
        throw new Fault("invariant_broken", `The key of tenant ${tenant} was destroyed, which is final.`);
      if (now === "none") await make(tenant, 1);
    },
    async rotate(tenant, to) {
      for (let next = (await usable(tenant)) + 1; next <= to; next += 1) await make(tenant, next);
    },
    async rewrap(tenant, wrapped, context): Promise<Rewrapped> {
      const found = await unwrap(tenant, wrapped, context);
      if (found.kind !== "key") return found;
      if (partsOf(wrapped)?.version === (await usable(tenant))) return { kind: "current" };
      return { kind: "rewrapped", bytes: await wrap(tenant, found.bytes, context) };
    },
    async endVersions(tenant, upTo) {
      const last = await usable(tenant);
      for (let version = 1; version <= upTo && version < last; version += 1) await calls.end(aliasOf(tenant, version));
    },
    async disable(tenant) {
      await mustBeThere(tenant, "disabled");
      for (const { id } of await versions(tenant)) await calls.disable(id);
    },
    async enable(tenant) {
      await mustBeThere(tenant, "active");
      for (const { id } of (await versions(tenant)).toReversed()) await calls.enable(id);
    },
    async destroy(tenant) {
      // One that never was is made first, so that its name says that it was destroyed.
      if ((await newest(tenant)) === null) await make(tenant, 1);
      for (const { description } of await versions(tenant)) await calls.end(aliasOf(tenant, versionOf(description)));
    },
  };
}

const FORM = 4;
const HEAD = 7;
const KEY_BYTES = 32;

/** What AWS binds to a ciphertext, and writes into its own trail: ids, no more. */
const boundTo = (tenant: TenantId, context: Uint8Array): Readonly<Record<string, string>> => ({
  tenant,
  context: Buffer.from(context).toString("base64url"),
});

const versionOf = (description: string): number =>
  Number(/^countersign\/[0-9a-f-]{36}\/v(\d{1,9})$/.exec(description)?.[1] ?? 0);

function versionIn({ description }: AwsKey): number {
  const version = versionOf(description);
  if (version === 0) throw awsLost("has a key under an alias of ours that is none of ours: its description is another");
  return version;
}

/** Form, version, the length of what AWS made, that, then what is locked under it: AWS takes 4096 bytes, and a stop in the spool may be longer. */
function partsOf(wrapped: Uint8Array) {
  const blob = Buffer.from(wrapped);
  if (blob.length < HEAD || blob.readUInt8(0) !== FORM) return null;
  const [version, length] = [blob.readUInt32BE(1), blob.readUInt16BE(5)];
  if (version === 0 || length === 0 || blob.length < HEAD + length) return null;
  return {
    head: blob.subarray(0, HEAD),
    version,
    wrapped: blob.subarray(HEAD, HEAD + length),
    locked: blob.subarray(HEAD + length),
  };
}
