import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { Fault, type TenantId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { dekContext } from "../context.ts";
import type { Dek, DekUse, Kms } from "../types.ts";
import {
  activeDek,
  countSeals,
  deksById,
  destroySubjectDeks,
  endEnvDeks,
  insertDek,
  newDekId,
  retireAllDeks,
  retireEnvDek,
  type DekRow,
  type Place,
} from "./dek-rows.ts";
import { createKeyCache } from "./key-cache.ts";

export type OpeningKey =
  | { readonly kind: "key"; readonly key: Uint8Array }
  /** Erased on purpose: nothing opens what it sealed. */
  | { readonly kind: "destroyed" }
  /** No such key of this tenant, or its row was altered. */
  | { readonly kind: "unknown" };

export interface Keys {
  /** The key that seals now, made where there is none yet. Throws `keys_unavailable`: then nothing may be written. */
  sealing(tx: TenantTx, use: DekUse): Promise<Dek>;
  /** The same from memory alone; null: ask `sealing`. */
  cached(tenant: TenantId, use: DekUse): Dek | null;
  /** By key id. Every id that was asked for has an answer. */
  opening(tx: TenantTx, ids: readonly string[]): Promise<ReadonlyMap<string, OpeningKey>>;
  /** Ends what is kept about one person, everywhere: with the operator's rights only, and not under a legal hold. Final. False: nothing was kept about them. */
  destroySubject(tx: TenantTx, subject: string): Promise<boolean>;
  /** With the operator's rights: what seals the tenant's environment is another key from now on; the old one still opens. */
  retireEnv(tx: TenantTx): Promise<void>;
  /** The same of every key that seals, at once here, in other processes within five minutes. Gives their number. */
  retireAll(tx: TenantTx): Promise<number>;
  /** Environment keys that were retired that many days ago, for good: with the operator's rights. Gives their number. */
  endEnv(tx: TenantTx, afterDays: number): Promise<number>;
  /** So many values were sealed under this key itself: with the operator's rights. It has its turn until 90 days or 2^30 seals. */
  sealed(tx: TenantTx, id: string, values: number): Promise<void>;
  /** The KEK. While it is disabled, nothing is sealed or opened: at once here, in other processes within five minutes. */
  disableTenant(tenant: TenantId): Promise<void>;
  enableTenant(tenant: TenantId): Promise<void>;
  /** Final: nothing of the tenant opens any more, from the database or any backup of it. */
  destroyTenant(tenant: TenantId): Promise<void>;
}

const KEY_BYTES = 32;
/** Found by the HMAC of a person under this key: the table names nobody, not even to who knows all possible names. */
const SUBJECT_INDEX = "countersign/subject-index/v1";

export function createKeys({ kms, clock }: { readonly kms: Kms; readonly clock: () => number }): Keys {
  const cache = createKeyCache(clock);

  async function unwrap(tx: TenantTx, row: DekRow): Promise<OpeningKey> {
    if (row.state === "destroyed" || row.wrapped === null) return { kind: "destroyed" };
    const found = await kms.unwrap(tx.tenantId, row.wrapped, contextOf(tx.tenantId, row.id, row));
    switch (found.kind) {
      case "key":
        // INVARIANT: a key that only this transaction knows is not kept: rolled back, it would seal what nobody can open.
        if (!row.own) cache.keep(tx.tenantId, row.id, found.bytes);
        return { kind: "key", key: found.bytes };
      case "destroyed":
        return found;
      case "damaged":
        return { kind: "unknown" };
    }
  }

  async function make(tx: TenantTx, place: Place): Promise<void> {
    const id = await newDekId(tx);
    await kms.create(tx.tenantId);
    const wrapped = await kms.wrap(tx.tenantId, randomBytes(KEY_BYTES), contextOf(tx.tenantId, id, place));
    await insertDek(tx, id, place, wrapped);
  }

  async function sealingAt(tx: TenantTx, place: Place): Promise<Dek> {
    const name = nameOf(place);
    const cached = cache.sealing(tx.tenantId, name);
    if (cached !== null) return cached;
    let row = await activeDek(tx, place);
    if (row === null) {
      await make(tx, place);
      row = await activeDek(tx, place);
    }
    const opened = row === null ? null : await unwrap(tx, row);
    if (row === null || opened?.kind !== "key")
      throw new Fault("keys_unavailable", `The ${place.purpose} key of tenant ${tx.tenantId} cannot be opened.`);
    if (!row.own) cache.keepSealing(tx.tenantId, name, row.id);
    return { id: row.id, key: opened.key };
  }

  const indexOf = async (tx: TenantTx, subject: string): Promise<Buffer> =>
    subjectIndex((await sealingAt(tx, INDEX_PLACE)).key, subject);

  const placeFor = async (tx: TenantTx, use: DekUse): Promise<Place> =>
    placeOf(use, use.purpose === "pii" ? await indexOf(tx, use.subject) : null);

  return {
    sealing: async (tx, use) => sealingAt(tx, await placeFor(tx, use)),
    cached(tenant, use) {
      if (use.purpose !== "pii") return cache.sealing(tenant, nameOf(placeOf(use, null)));
      const root = cache.sealing(tenant, nameOf(INDEX_PLACE));
      return root === null ? null : cache.sealing(tenant, nameOf(placeOf(use, subjectIndex(root.key, use.subject))));
    },
    async opening(tx, ids) {
      const found = new Map<string, OpeningKey>();
      for (const id of ids) {
        const key = cache.byId(tx.tenantId, id);
        if (key !== null) found.set(id, { kind: "key", key });
      }
      const rest = [...new Set(ids)].filter((id) => !found.has(id));
      for (const row of rest.length === 0 ? [] : await deksById(tx, rest)) found.set(row.id, await unwrap(tx, row));
      for (const id of rest) if (!found.has(id)) found.set(id, { kind: "unknown" });
      return found;
    },
    async destroySubject(tx, subject) {
      const index = await indexOf(tx, subject);
      cache.forget(tx.tenantId);
      return destroySubjectDeks(tx, index);
    },
    async retireEnv(tx) {
      await retireEnvDek(tx);
      cache.forget(tx.tenantId);
    },
    async retireAll(tx) {
      const retired = await retireAllDeks(tx);
      cache.forget(tx.tenantId);
      return retired;
    },
    async endEnv(tx, afterDays) {
      const ended = await endEnvDeks(tx, afterDays);
      cache.forget(tx.tenantId);
      return ended;
    },
    sealed: countSeals,
    async disableTenant(tenant) {
      await kms.disable(tenant);
      cache.forget(tenant);
    },
    enableTenant: (tenant) => kms.enable(tenant),
    async destroyTenant(tenant) {
      await kms.destroy(tenant);
      cache.forget(tenant);
    },
  };
}

/** The key under which people are found: of purpose `pii`, and nobody's own. */
const INDEX_PLACE: Place = { purpose: "pii", month: null, subject: null };

function subjectIndex(key: Uint8Array, subject: string): Buffer {
  const own = Buffer.from(hkdfSync("sha256", key, "", SUBJECT_INDEX, KEY_BYTES));
  return createHmac("sha256", own).update(subject, "utf8").digest();
}

const placeOf = (use: DekUse, subject: Uint8Array | null): Place => ({
  purpose: use.purpose,
  month: use.purpose === "audit" ? `${use.month}-01` : null,
  subject,
});

export function contextOf(tenant: TenantId, id: string, { purpose, month, subject }: Place): Uint8Array {
  return dekContext({ tenant, id, purpose, scope: month ?? hex(subject) });
}

const hex = (bytes: Uint8Array | null): string => (bytes === null ? "" : Buffer.from(bytes).toString("hex"));
const nameOf = ({ purpose, month, subject }: Place): string => `${purpose}/${month ?? hex(subject)}`;
