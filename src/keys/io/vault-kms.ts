// HashiCorp Vault or OpenBao: one transit key for each tenant, which never leaves it. What to allow it: docs/runbooks/vault.md.

import { setTimeout as pause } from "node:timers/promises";
import { Fault, tenantId, type TenantId } from "#kernel";
import type { KekState, Kms, Rewrapped, Unwrapped } from "../types.ts";
import { refuseOtherStore } from "./stores.ts";
import { vaultLost } from "./vault/ask.ts";
import { createSession } from "./vault/session.ts";
import type { VaultPlace, VaultTiming } from "./vault/place.ts";
import { createTransit, type Ciphertext, type TransitKey } from "./vault/transit.ts";

const ROOT = "countersign-root";
const TIMEOUT_MS = 5_000;
const TIMING: VaultTiming = { clock: Date.now, sleep: (ms) => pause(ms), timeoutMs: TIMEOUT_MS };

/**
 * A key of a tenant's own, not one derived from a common one: Vault can destroy a key, and cannot destroy a derivation.
 * That it is disabled or destroyed is said by a second key beside it that encrypts nothing: every process sees it at once, and it outlives the first.
 */
export function createVaultKms(place: VaultPlace, timing: VaultTiming = TIMING): Kms {
  const transit = createTransit(place, createSession(place, timing));
  const nameOf = (tenant: TenantId): string => `countersign-${tenant}`;
  const disabledMark = (tenant: TenantId): string => `${nameOf(tenant)}-disabled`;
  const destroyedMark = (tenant: TenantId): string => `${nameOf(tenant)}-destroyed`;
  const missing = (tenant: TenantId): Fault => vaultLost(place, `has no key of tenant ${tenant}`);

  async function mark(tenant: TenantId): Promise<"disabled" | "destroyed" | null> {
    const [destroyed, disabled] = await Promise.all([
      transit.key(destroyedMark(tenant)),
      transit.key(disabledMark(tenant)),
    ]);
    return destroyed !== null ? "destroyed" : disabled !== null ? "disabled" : null;
  }

  async function state(tenant: TenantId): Promise<KekState> {
    const [marked, key] = await Promise.all([mark(tenant), transit.key(nameOf(tenant))]);
    return marked === "destroyed" ? marked : key === null ? "none" : (marked ?? "active");
  }

  async function change(tenant: TenantId, to: "active" | "disabled", act: () => Promise<void>): Promise<void> {
    const now = await state(tenant);
    if (now === "destroyed" || now === "none")
      throw new Fault("invariant_broken", `Tenant ${tenant} has no key that could be ${to}.`);
    await act();
  }

  async function open(known: string | null): Promise<string> {
    refuseOtherStore(known, "vault");
    await refuseWideTokens();
    if (known === null) await transit.create(ROOT);
    // INVARIANT: never a new root beside a database that has keys. It would open nothing, and look as if everything were in order.
    else if ((await transit.key(ROOT)) === null)
      throw new Fault(
        "config_invalid",
        `The database has keys, but ${place.transitMount} of Vault at ${place.address} has no ${ROOT}. Set VAULT_ADDR, VAULT_NAMESPACE and VAULT_TRANSIT_MOUNT to the one that holds it, or restore Vault from its snapshot.`,
      );
    const [, , mac = ""] = (await transit.hmac(ROOT, "countersign/root/v1")).split(":");
    const fingerprint = `vault:${Buffer.from(mac, "base64").toString("hex").slice(0, 32)}`;
    if (known !== null && known !== fingerprint)
      throw new Fault(
        "config_invalid",
        `${place.transitMount} of Vault at ${place.address} is not the one that this database's keys were made with. Set VAULT_ADDR, VAULT_NAMESPACE and VAULT_TRANSIT_MOUNT to that one.`,
      );
    return fingerprint;
  }

  // INVARIANT: to encrypt makes no key. With `create` there, Vault would make another one silently under the name of a key that was destroyed.
  async function refuseWideTokens(): Promise<void> {
    const may = await transit.mayEncrypt(ROOT);
    const excess = may.filter((one) => ["create", "root", "sudo"].includes(one));
    if (excess.length > 0)
      throw new Fault(
        "config_invalid",
        `Vault's token may make keys by encrypting (${excess.join(", ")} on ${place.transitMount}/encrypt). Give it a policy with "update" there and nothing else: docs/runbooks/vault.md has it.`,
      );
  }

  /** Of a key that may be used. */
  async function usable(tenant: TenantId): Promise<TransitKey> {
    const [marked, key] = await Promise.all([mark(tenant), transit.key(nameOf(tenant))]);
    if (marked !== null) throw new Fault("keys_unavailable", `The key of tenant ${tenant} is ${marked}.`);
    if (key === null) throw missing(tenant);
    return key;
  }

  async function wrap(tenant: TenantId, key: Uint8Array, context: Uint8Array): Promise<Uint8Array> {
    const [marked, made] = await Promise.all([mark(tenant), transit.encrypt(nameOf(tenant), key, context)]);
    if (marked !== null) throw new Fault("keys_unavailable", `The key of tenant ${tenant} is ${marked}.`);
    if (made === null) throw missing(tenant);
    return blobOf(made);
  }

  async function unwrap(tenant: TenantId, wrapped: Uint8Array, context: Uint8Array): Promise<Unwrapped> {
    const blob = ciphertextOf(wrapped);
    const [marked, found] = await Promise.all([
      mark(tenant),
      blob === null ? null : transit.decrypt(nameOf(tenant), blob, context),
    ]);
    if (marked === "destroyed") return { kind: "destroyed" };
    if (marked === "disabled") throw new Fault("keys_unavailable", `The key of tenant ${tenant} is disabled.`);
    if (blob === null || found === null) return { kind: "damaged" };
    switch (found.kind) {
      case "plain":
        return { kind: "key", bytes: found.bytes };
      case "damaged":
        return found;
      case "no_key":
        throw missing(tenant);
      case "too_old":
        // Trimmed is final. Merely forbidden for now is not, and is nobody's order that we know of.
        if (blob.version < (await usable(tenant)).min_available_version) return { kind: "destroyed" };
        throw vaultLost(place, `no longer lets the older versions of tenant ${tenant}'s key decrypt`);
    }
  }

  return {
    open,
    state,
    async list() {
      const names = await transit.names();
      return names.flatMap((name) => tenantId(name.replace(/^countersign-/, "")) ?? []);
    },
    async create(tenant) {
      const now = await state(tenant);
      if (now === "destroyed")
        throw new Fault("invariant_broken", `The key of tenant ${tenant} was destroyed, which is final.`);
      if (now !== "none") return;
      await transit.create(nameOf(tenant));
      // Destroyed by somebody else at this moment: what we made has no name any more.
      if ((await mark(tenant)) === "destroyed") await transit.remove(nameOf(tenant));
    },
    wrap,
    unwrap,
    async rotate(tenant, to) {
      let { latest_version: version } = await usable(tenant);
      // Not repeated by itself: each request makes a version. What is there afterwards says whether one whose answer was lost was done.
      for (; version < to; version = (await usable(tenant)).latest_version) await transit.rotate(nameOf(tenant));
    },
    /** Vault's own rewrap takes no associated data (hashicorp/vault#31791), so the key comes here and goes back. */
    async rewrap(tenant, wrapped, context): Promise<Rewrapped> {
      const found = await unwrap(tenant, wrapped, context);
      if (found.kind !== "key") return found;
      const { latest_version: newest } = await usable(tenant);
      if (ciphertextOf(wrapped)?.version === newest) return { kind: "current" };
      return { kind: "rewrapped", bytes: await wrap(tenant, found.bytes, context) };
    },
    async endVersions(tenant, upTo) {
      const { latest_version: newest, min_available_version: first } = await usable(tenant);
      const from = Math.min(upTo + 1, newest);
      if (from > Math.max(first, 1)) await transit.trim(nameOf(tenant), from);
    },
    disable: (tenant) => change(tenant, "disabled", () => transit.create(disabledMark(tenant))),
    enable: (tenant) => change(tenant, "active", () => transit.remove(disabledMark(tenant))),
    async destroy(tenant) {
      // The mark first: a crash between the two leaves a key that nobody uses, and the next call finishes.
      await transit.create(destroyedMark(tenant));
      await transit.remove(nameOf(tenant));
      await transit.remove(disabledMark(tenant));
    },
  };
}

const FORM = 2;
const HEAD = 5;
const SHORTEST = 28;

/** Version of the form, the key's version (four bytes), then what Vault made. */
function blobOf({ version, bytes }: Ciphertext): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt8(FORM, 0);
  head.writeUInt32BE(version, 1);
  return Buffer.concat([head, bytes]);
}

/** null: nothing that `blobOf` made. */
function ciphertextOf(wrapped: Uint8Array): Ciphertext | null {
  const blob = Buffer.from(wrapped);
  if (blob.length < HEAD + SHORTEST || blob.readUInt8(0) !== FORM) return null;
  const version = blob.readUInt32BE(1);
  return version === 0 ? null : { version, bytes: blob.subarray(HEAD) };
}
