import { randomBytes } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { NewEntry, Party } from "#audit";
import { enterLog, stopAnyway, type Append, type Spool } from "#audit/io";
import { agentId, entryId, Fault, type AgentId, type Instant, type TenantId } from "#kernel";
import {
  branded,
  instantColumn,
  tenantIdColumn,
  withOperator,
  type OperatorOptions,
  type PlatformTx,
  type TenantTx,
} from "#platform/postgres";
import { CAPABILITIES, expiry, formatKey, isKeyText, type Capability } from "../api-key.ts";
import { isKeyName, keyHash, SECRET_BYTES } from "../tagged-key.ts";

/** The operator's rights, and the log that each act is written to. */
export interface KeyAccess extends OperatorOptions {
  /** One entry, in the caller's transaction. */
  readonly append: (tx: TenantTx, entry: NewEntry) => Promise<unknown>;
}

/** To end a key: also with a log that takes no entries. */
export interface RevokeAccess extends OperatorOptions {
  readonly append: Append;
  readonly spool: Spool;
}

/** Who asks, for the entry that is written in the same transaction. */
export interface Asker {
  readonly initiator: Party;
  readonly requestId: string;
}

export interface IssuedKey {
  readonly id: string;
  /** Shown once and kept nowhere. */
  readonly text: string;
  readonly expiresAt: Instant;
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Whose key it is; null: a reader's. */
  readonly agent: AgentId | null;
  readonly capabilities: readonly Capability[];
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
  /** To the minute. */
  readonly lastUsedAt: Instant | null;
}

/** Whose key it is. */
export interface KeyHolder {
  readonly keyId: string;
  readonly tenantId: TenantId;
  readonly capabilities: readonly Capability[];
}

const OBSERVER: Party = { type: "app", id: "countersign" };
const uuidColumn = branded(z.string(), entryId);
const capabilitiesColumn = z.array(z.enum(CAPABILITIES));
const issuedRow = z.object({ key_id: uuidColumn, expires_at: instantColumn });
const revokedRow = z.object({ revoked_at: instantColumn, already: z.boolean() });
const keyRow = z
  .object({
    key_id: uuidColumn,
    name: z.string(),
    agent_id: branded(z.string(), agentId).nullable(),
    capabilities: capabilitiesColumn,
    issued_at: instantColumn,
    expires_at: instantColumn,
    revoked_at: instantColumn.nullable(),
    last_used_at: instantColumn.nullable(),
  })
  .transform((row): ApiKey => ({
    id: row.key_id,
    name: row.name,
    agent: row.agent_id,
    capabilities: row.capabilities,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }));
const rotatedRow = z
  .object({ old_key: uuidColumn, key_id: uuidColumn, expires_at: instantColumn, old_ends_at: instantColumn })
  .transform((row) => ({ oldId: row.old_key, id: row.key_id, expiresAt: row.expires_at, oldEndsAt: row.old_ends_at }));
const holderRow = z
  .object({ tenant_id: tenantIdColumn, key_id: uuidColumn, capabilities: capabilitiesColumn })
  .transform((row): KeyHolder => ({ keyId: row.key_id, tenantId: row.tenant_id, capabilities: row.capabilities }));

const entryAbout = (
  kind: "key.issue" | "key.revoke" | "key.rotate",
  keyId: string,
  by: Asker,
  body: NewEntry["body"],
): NewEntry => ({
  kind,
  outcome: "success",
  observer: OBSERVER,
  initiator: by.initiator,
  target: { type: "api_key", id: keyId },
  requestId: by.requestId,
  body,
});

/** null: no active tenant of that id. The key and its entry are one commit. */
export async function issueKey(
  access: KeyAccess,
  asked: {
    readonly tenant: TenantId;
    readonly name: string;
    readonly capabilities: readonly Capability[];
    readonly days: number;
    readonly by: Asker;
  },
): Promise<IssuedKey | null> {
  const { name, days, by } = asked;
  if (!isKeyName(name) || !Number.isSafeInteger(days) || days < 1 || days > expiry.max)
    throw new Fault("input_invalid", "An API key was asked for with a name or an expiry that is not allowed.");
  const capabilities = [...new Set(asked.capabilities)];
  const text = formatKey(randomBytes(SECRET_BYTES));
  return withOperator(access, async (operator) => {
    const tx = await enterLog(operator, asked.tenant);
    if (tx === null) return null;
    const made = await tx.one(
      sql`select * from identity.issue_key(${Buffer.from(keyHash(text))}, ${name}, ${capabilities}::text[], ${days}::integer)`,
      issuedRow,
    );
    await access.append(tx, entryAbout("key.issue", made.key_id, by, { name, capabilities, days }));
    return { id: made.key_id, text, expiresAt: made.expires_at };
  });
}

export interface RotatedKey extends IssuedKey {
  readonly oldEndsAt: Instant;
}

/**
 * A key's successor, asked for with the key itself: same tenant, name, capabilities and length of life. The old one goes on for a
 * day. null: the key ended meanwhile, or has its successor already; who did not ask for that one has found a thief.
 */
export async function rotateKey(
  tx: TenantTx,
  append: Append,
  asked: { readonly presented: string; readonly by: Asker },
): Promise<RotatedKey | null> {
  const text = formatKey(randomBytes(SECRET_BYTES));
  const [old, next] = [keyHash(asked.presented), keyHash(text)].map((hash) => Buffer.from(hash));
  const rotated = await tx.maybe(sql`select * from identity.rotate_key(${old}, ${next})`, rotatedRow);
  if (rotated === null) return null;
  const { oldId, ...made } = rotated;
  await append(tx, entryAbout("key.rotate", oldId, asked.by, { successor: made.id }));
  return { ...made, text };
}

export async function listKeys(access: OperatorOptions, tenant: TenantId): Promise<readonly ApiKey[]> {
  return withOperator(access, async (operator) => {
    const tx = await enterLog(operator, tenant);
    return tx === null ? [] : tx.many(sql`select * from identity.own_keys()`, keyRow);
  });
}

/**
 * Effective with its commit: a request under way asks again in the transaction that reads. Works while the log takes no
 * entries, too (`spool`): refusing to end a key because the log is down is the wrong failure.
 */
export async function revokeKey(
  access: RevokeAccess,
  asked: { readonly tenant: TenantId; readonly keyId: string; readonly by: Asker },
): Promise<{ readonly kind: "revoked" | "already"; readonly at: Instant } | { readonly kind: "unknown" }> {
  return stopAnyway(access, true, (append) =>
    withOperator(access, async (operator) => {
      const tx = await enterLog(operator, asked.tenant);
      const found =
        tx === null ? null : await tx.maybe(sql`select * from identity.revoke_key(${asked.keyId}::uuid)`, revokedRow);
      if (tx === null || found === null) return { kind: "unknown" };
      if (!found.already) await append(tx, entryAbout("key.revoke", asked.keyId, asked.by, {}));
      return { kind: found.already ? "already" : "revoked", at: found.revoked_at };
    }),
  );
}

/**
 * Whose key it is; null for unknown, mistyped, expired and revoked ones alike.
 * The look-up is by hash: whoever guesses learns nothing from its time, since a hash close to ours is not a key close to ours.
 */
export async function recognise(tx: PlatformTx, text: string): Promise<KeyHolder | null> {
  if (!isKeyText(text)) return null;
  return tx.maybe(sql`select * from identity.key_facts(${Buffer.from(keyHash(text))})`, holderRow);
}

/** In the transaction that reads: false when the key was revoked or expired meanwhile. */
export async function useKey(tx: TenantTx, keyId: string): Promise<boolean> {
  const { ok } = await tx.one(sql`select identity.use_key(${keyId}::uuid) as ok`, z.object({ ok: z.boolean() }));
  return ok;
}
