// An HSM, through its PKCS#11 module: one AES key for each version of each tenant's KEK, made in the HSM and never outside it.

import { randomBytes } from "node:crypto";
import { Fault, tenantId, type TenantId } from "#kernel";
import type { KekState, Kms, Rewrapped, Unwrapped } from "../types.ts";
import { refuseOtherStore } from "./stores.ts";
import { hsmLost, type Pkcs11Place } from "./pkcs11/session.ts";
import { createToken, type FoundKey } from "./pkcs11/token.ts";

const ROOT = "countersign-root";
const NAMED = /^countersign-([0-9a-f-]{36})$/;
const ROOT_IV = Buffer.alloc(12);
const ROOT_TEXT = Buffer.from("countersign/root/v1");

/** CKA_ID: which version it is (four bytes), and which of those that were made for it at the same moment. */
const ID_BYTES = 20;
const newId = (version: number): Buffer => {
  const id = randomBytes(ID_BYTES);
  id.writeUInt32BE(version, 0);
  return id;
};
const versionOf = ({ id }: FoundKey): number => (id.length === ID_BYTES ? id.readUInt32BE(0) : 0);
const newestOf = (keys: readonly FoundKey[]): number => Math.max(0, ...keys.map(versionOf));

/**
 * That a key is disabled, ended or destroyed is said by an object of its own beside it: every process sees it at once, and it outlives the key.
 * Two processes that make a key at the same moment make two; what each wraps says which one it was, and both open it.
 */
export function createPkcs11Kms(place: Pkcs11Place): Kms {
  const token = createToken(place);
  const nameOf = (tenant: TenantId): string => `countersign-${tenant}`;
  const disabledMark = (tenant: TenantId): string => `${nameOf(tenant)}-disabled`;
  const destroyedMark = (tenant: TenantId): string => `${nameOf(tenant)}-destroyed`;
  const endedMark = (tenant: TenantId, version: number): string => `${nameOf(tenant)}-ended-${version}`;

  async function state(tenant: TenantId): Promise<KekState> {
    if (await token.hasMark(destroyedMark(tenant))) return "destroyed";
    if ((await token.keys(nameOf(tenant))).length === 0) return "none";
    return (await token.hasMark(disabledMark(tenant))) ? "disabled" : "active";
  }

  async function fingerprintOf(root: FoundKey): Promise<string> {
    const sealed = await token.encrypt(root, ROOT_IV, Buffer.alloc(0), ROOT_TEXT);
    return `hsm:${sealed.subarray(-16).toString("hex")}`;
  }

  async function open(known: string | null): Promise<string> {
    refuseOtherStore(known, "hsm");
    const roots = await token.keyOrNew(ROOT, (there) => (known === null && there.length === 0 ? newId(1) : null));
    const found: string[] = [];
    for (const root of roots) found.push(await fingerprintOf(root));
    const [first] = found;
    // INVARIANT: never a new root beside a database that has keys. It would open nothing, and look as if everything were in order.
    if (first === undefined)
      throw new Fault(
        "config_invalid",
        `The database has keys, but the HSM's token has no ${ROOT}. Set PKCS11_MODULE and PKCS11_LABEL or PKCS11_SLOT to the one that holds it, or restore the token from its backup.`,
      );
    if (known !== null && !found.includes(known))
      throw new Fault(
        "config_invalid",
        "The HSM's token is not the one that this database's keys were made with. Set PKCS11_MODULE and PKCS11_LABEL or PKCS11_SLOT to that one.",
      );
    return known ?? first;
  }

  /** Of a key that may be used, oldest first. */
  async function usable(tenant: TenantId): Promise<readonly FoundKey[]> {
    const now = await state(tenant);
    if (now === "destroyed" || now === "disabled")
      throw new Fault("keys_unavailable", `The key of tenant ${tenant} is ${now}.`);
    const keys = await token.keys(nameOf(tenant));
    if (keys.length === 0) throw hsmLost(`has no key of tenant ${tenant}`);
    return keys;
  }

  async function wrap(tenant: TenantId, key: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    const keys = await usable(tenant);
    const newest = newestOf(keys);
    const kek = keys.find((each) => versionOf(each) === newest);
    if (kek === undefined) throw hsmLost(`has no key of tenant ${tenant}`);
    const iv = randomBytes(IV_BYTES);
    return Buffer.concat([
      Buffer.from([FORM]),
      kek.id,
      iv,
      await token.encrypt(kek, iv, Buffer.from(context), Buffer.from(key)),
    ]);
  }

  async function unwrap(tenant: TenantId, wrapped: Uint8Array, context: Uint8Array): Promise<Unwrapped> {
    if (await token.hasMark(destroyedMark(tenant))) return { kind: "destroyed" };
    const keys = await usable(tenant);
    const blob = partsOf(wrapped);
    if (blob === null) return { kind: "damaged" };
    const kek = keys.find(({ id }) => id.equals(blob.id));
    if (kek === undefined)
      return {
        kind: (await token.hasMark(endedMark(tenant, blob.id.readUInt32BE(0)))) ? "destroyed" : "damaged",
      };
    const bytes = await token.decrypt(kek, blob.iv, Buffer.from(context), blob.sealed);
    return bytes === null ? { kind: "damaged" } : { kind: "key", bytes };
  }

  async function mustBeThere(tenant: TenantId, to: string): Promise<void> {
    const now = await state(tenant);
    if (now === "destroyed" || now === "none")
      throw new Fault("invariant_broken", `Tenant ${tenant} has no key that could be ${to}.`);
  }

  /** Of a version that there is not. What was destroyed meanwhile does not come back by our having made it again. */
  async function make(tenant: TenantId, version: number): Promise<void> {
    await token.keyOrNew(nameOf(tenant), (there) => (newestOf(there) >= version ? null : newId(version)));
    if (await token.hasMark(destroyedMark(tenant))) await token.removeKeys(nameOf(tenant), () => true);
  }

  return {
    open,
    state,
    wrap,
    unwrap,
    async list() {
      const tenants = (await token.labels()).flatMap((label) => tenantId(NAMED.exec(label)?.[1] ?? "") ?? []);
      return [...new Set(tenants)];
    },
    async create(tenant) {
      const now = await state(tenant);
      if (now === "destroyed")
        throw new Fault("invariant_broken", `The key of tenant ${tenant} was destroyed, which is final.`);
      if (now === "none") await make(tenant, 1);
    },
    async rotate(tenant, to) {
      for (let next = newestOf(await usable(tenant)) + 1; next <= to; next += 1) await make(tenant, next);
    },
    async rewrap(tenant, wrapped, context): Promise<Rewrapped> {
      const found = await unwrap(tenant, wrapped, context);
      if (found.kind !== "key") return found;
      if (partsOf(wrapped)?.id.readUInt32BE(0) === newestOf(await usable(tenant))) return { kind: "current" };
      return { kind: "rewrapped", bytes: await wrap(tenant, found.bytes, context) };
    },
    async endVersions(tenant, upTo) {
      const newest = newestOf(await usable(tenant));
      for (let version = 1; version <= upTo && version < newest; version += 1) {
        // The mark first: a crash between the two leaves a key that nobody uses, and the next call finishes.
        await token.mark(endedMark(tenant, version));
        await token.removeKeys(nameOf(tenant), (key) => versionOf(key) === version);
      }
    },
    async disable(tenant) {
      await mustBeThere(tenant, "disabled");
      await token.mark(disabledMark(tenant));
    },
    async enable(tenant) {
      await mustBeThere(tenant, "active");
      await token.unmark(disabledMark(tenant));
    },
    async destroy(tenant) {
      await token.mark(destroyedMark(tenant));
      await token.removeKeys(nameOf(tenant), () => true);
      await token.unmark(disabledMark(tenant));
    },
  };
}

const FORM = 3;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Version of the form, the key's id, then what the HSM made. null: nothing that `wrap` made. */
function partsOf(wrapped: Uint8Array): { readonly id: Buffer; readonly iv: Buffer; readonly sealed: Buffer } | null {
  const blob = Buffer.from(wrapped);
  if (blob.length < 1 + ID_BYTES + IV_BYTES + TAG_BYTES || blob.readUInt8(0) !== FORM) return null;
  const [iv, sealed] = [1 + ID_BYTES, 1 + ID_BYTES + IV_BYTES];
  return { id: blob.subarray(1, iv), iv: blob.subarray(iv, sealed), sealed: blob.subarray(sealed) };
}
