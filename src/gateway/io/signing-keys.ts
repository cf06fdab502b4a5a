// Rows of the keys that sign packets. One signs at a time; the one before it is believed a little longer.

import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, type Instant } from "#kernel";
import { signingContext } from "#keys";
import { lock, unlock, type Keys } from "#keys/io";
import { instantColumn, type TenantTx } from "#platform/postgres";

/** Milliseconds unless the name says otherwise. */
export const SIGNING = {
  /** A key older than that is replaced by whoever signs next. */
  days: 90,
  /** How long a retired key's packets are believed: longer than any packet, and than any process remembers the key. */
  overlapMinutes: 5,
} as const;

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly createdAt: Instant;
}

export interface ShownSigningKey {
  readonly kid: string;
  readonly state: "active" | "retired" | "revoked";
  readonly createdAt: Instant;
  readonly endedAt: Instant | null;
  readonly believedUntil: Instant | null;
}

const activeRow = z.object({
  kid: z.string(),
  dek_id: z.string(),
  sealed: z.instanceof(Uint8Array),
  created_at: instantColumn,
  due: z.boolean(),
});

/** null: it has none yet. `due`: it is old enough to be replaced. */
export async function activeKey(keys: Keys, tx: TenantTx): Promise<(SigningKey & { readonly due: boolean }) | null> {
  const row = await tx.maybe(
    sql`select kid, dek_id, sealed, created_at, created_at <= clock_timestamp() - make_interval(days => ${SIGNING.days}) as due
      from packets.signing_key where tenant_id = ${tx.tenantId} and state = 'active'`,
    activeRow,
  );
  if (row === null) return null;
  const dek = (await keys.opening(tx, [row.dek_id])).get(row.dek_id);
  const seed = dek?.kind === "key" ? unlock(dek.key, row.sealed, signingContext(tx.tenantId, row.kid)) : null;
  if (seed === null)
    throw new Fault(
      "keys_unavailable",
      `The key that signs packets of tenant ${tx.tenantId} does not open. Give it a new one: countersign packet-key rotate PREFIX`,
    );
  const privateKey = createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
  return { kid: row.kid, privateKey, createdAt: row.created_at, due: row.due };
}

/** A new pair in the active one's place, whose private half is gone with it. Gives the new one's id, and the old one's. */
export async function replaceKey(
  keys: Keys,
  tx: TenantTx,
): Promise<{ readonly kid: string; readonly retired: string | null }> {
  const retired = await tx.maybe(
    sql`update packets.signing_key set state = 'retired', sealed = null, dek_id = null, ended_at = clock_timestamp(),
        believed_until = clock_timestamp() + make_interval(mins => ${SIGNING.overlapMinutes})
      where tenant_id = ${tx.tenantId} and state = 'active' returning kid`,
    z.object({ kid: z.string() }),
  );
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  // The last 32 bytes of the SubjectPublicKeyInfo are the key (RFC 8410).
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const kid = createHash("sha256").update(raw).digest("hex").slice(0, 32);
  const dek = await keys.sealing(tx, { purpose: "packet" });
  const sealed = lock(dek.key, privateKey.export({ format: "der", type: "pkcs8" }), signingContext(tx.tenantId, kid));
  await tx.run(sql`insert into packets.signing_key (tenant_id, kid, public, dek_id, sealed)
    values (${tx.tenantId}, ${kid}, ${raw}, ${dek.id}, ${sealed})`);
  return { kid, retired: retired?.kid ?? null };
}

/** From this moment nobody believes it. False: there is no such key, or it was revoked before. */
export async function revokeKey(tx: TenantTx, kid: string): Promise<boolean> {
  const changed = await tx.run(sql`update packets.signing_key set state = 'revoked', sealed = null, dek_id = null,
      ended_at = coalesce(ended_at, clock_timestamp()), believed_until = null
    where tenant_id = ${tx.tenantId} and kid = ${kid} and state <> 'revoked'`);
  return changed === 1;
}

const shownRow = z
  .object({
    kid: z.string(),
    state: z.enum(["active", "retired", "revoked"]),
    created_at: instantColumn,
    ended_at: instantColumn.nullable(),
    believed_until: instantColumn.nullable(),
  })
  .transform((row): ShownSigningKey => ({
    kid: row.kid,
    state: row.state,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    believedUntil: row.believed_until,
  }));

/** Newest first. */
export const listKeys = (tx: TenantTx): Promise<readonly ShownSigningKey[]> =>
  tx.many(
    sql`select kid, state, created_at, ended_at, believed_until from packets.signing_key
      where tenant_id = ${tx.tenantId} order by created_at desc`,
    shownRow,
  );
