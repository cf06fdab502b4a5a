import sql, { empty, join, type Sql } from "sql-template-tag";
import { z } from "zod";
import { entryId, type EntryId, type Instant, type TenantId } from "#kernel";
import type { Keys, OpeningKey } from "#keys/io";
import { branded, instantColumn, tenantIdColumn, type TenantTx } from "#platform/postgres";
import { PARTS, type Part } from "../leaf.ts";
import { limits } from "../limits.ts";
import type { EntryKind } from "../types.ts";
import { leafOf } from "./columns.ts";
import { bodyHash, openPart } from "./seal.ts";

/** What became of a body part. Those that are not `open` are never the same thing. */
export type ReadPart =
  | { readonly kind: "open"; readonly value: unknown; readonly bytes: Uint8Array }
  /** Nobody asked for it: what concerns a person is not read in passing. */
  | { readonly kind: "unread" }
  /** Its key was destroyed, on purpose. The tree still verifies. */
  | { readonly kind: "erased" }
  /** The leaf commits to it, and the row is gone. */
  | { readonly kind: "missing" }
  /** It is not what the leaf commits to, or does not open under its key. */
  | { readonly kind: "tampered"; readonly why: string };

export interface ReadEntry {
  readonly id: EntryId;
  readonly at: Instant;
  readonly kind: string;
  readonly outcome: string;
  readonly intent: string | null;
  /** Lower-case hexadecimal SHA-256 of the leaf (RFC 6962). */
  readonly leafHash: string;
  readonly op: ReadPart;
  /** null: nothing in it concerns one person. */
  readonly personal: ReadPart | null;
  /** The value of `op`; null unless that is open. */
  readonly body: unknown;
}

const bytes = z.instanceof(Uint8Array).nullable();
const row = z.object({
  tenant_id: tenantIdColumn,
  entry_id: branded(z.string(), entryId),
  ts: instantColumn,
  leaf: z.instanceof(Uint8Array),
  leaf_hash: z.string(),
  op_nonce: bytes,
  op_key: z.string().nullable(),
  op_ct: bytes,
  pii_nonce: bytes,
  pii_key: z.string().nullable(),
  pii_ct: bytes,
});
type Row = z.infer<typeof row>;

type Commitment = ReturnType<typeof leafOf>["body"][number];

interface Stored {
  readonly nonce: Uint8Array | null;
  readonly keyId: string | null;
  readonly ct: Uint8Array | null;
}

const COLUMNS = sql`e.tenant_id, e.entry_id, e.ts, e.leaf, encode(e.leaf_hash, 'hex') as leaf_hash,
  o.nonce as op_nonce, o.key_id as op_key, o.ct as op_ct, p.nonce as pii_nonce, p.key_id as pii_key, p.ct as pii_ct`;
const bodies = (personal: boolean): Sql => sql`
  left join audit.body o on o.tenant_id = e.tenant_id and o.entry_id = e.entry_id and o.part = ${PARTS.op}
  left join audit.body p on p.tenant_id = e.tenant_id and p.entry_id = e.entry_id and p.part = ${PARTS.pii} and ${personal}`;

export interface Reader {
  /** The newest entries of the transaction's tenant, newest first; `kinds` empty or absent means all. What concerns a person only if asked for. */
  recent(
    tx: TenantTx,
    wanted: { readonly limit: number; readonly kinds?: readonly EntryKind[]; readonly personal?: boolean },
  ): Promise<readonly ReadEntry[]>;
  /** One entry of the transaction's tenant, or null. */
  entryById(tx: TenantTx, id: EntryId): Promise<ReadEntry | null>;
  /** Those of them that there are, in the order they are asked for. */
  entriesById(tx: TenantTx, ids: readonly EntryId[], personal?: boolean): Promise<readonly ReadEntry[]>;
}

/** Reading throws `keys_unavailable` where the keys cannot be reached: nothing is shown that was not checked against its leaf. */
export function createReader(keys: Keys): Reader {
  async function opened(tx: TenantTx, rows: readonly Row[], personal: boolean): Promise<readonly ReadEntry[]> {
    const ids = rows.flatMap(({ op_key, pii_key }) => [op_key, pii_key]).filter(isKeyId);
    const found = await keys.opening(tx, [...new Set(ids)]);
    return rows.map((each) => entryOf(each, found, personal));
  }

  async function entriesById(tx: TenantTx, ids: readonly EntryId[], personal = true): Promise<readonly ReadEntry[]> {
    const rows = await tx.many(
      sql`select ${COLUMNS} from audit.entry e ${bodies(personal)}
        where e.tenant_id = ${tx.tenantId} and e.entry_id = any(${ids}::uuid[])`,
      row,
    );
    const found = new Map((await opened(tx, rows, personal)).map((entry) => [entry.id, entry]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  return {
    entriesById,
    async entryById(tx, id) {
      const rows = await tx.many(
        sql`select * from audit.entry_by_id(${id}::uuid, ${PARTS.op}::smallint, ${PARTS.pii}::smallint)`,
        row,
      );
      return (await opened(tx, rows, true))[0] ?? null;
    },
    async recent(tx, wanted) {
      const limit = Math.max(1, Math.min(wanted.limit, limits.recentEntries));
      const kinds = wanted.kinds ?? [];
      const personal = wanted.personal ?? false;
      const only = kinds.length === 0 ? empty : sql`and s.kind in (${join([...kinds])})`;
      const rows = await tx.many(
        sql`select ${COLUMNS} from audit.search s join audit.entry e using (tenant_id, entry_id) ${bodies(personal)}
          where s.tenant_id = ${tx.tenantId} ${only} order by s.entry_id desc limit ${limit}`,
        row,
      );
      return opened(tx, rows, personal);
    },
  };
}

type Found = ReadonlyMap<string, OpeningKey>;

function entryOf(raw: Row, found: Found, readPersonal: boolean): ReadEntry {
  const leaf = leafOf(raw.leaf);
  const at = { tenant: raw.tenant_id, entry: raw.entry_id };
  const [first, second] = leaf.body;
  const op = partOf(at, PARTS.op, first, { nonce: raw.op_nonce, keyId: raw.op_key, ct: raw.op_ct }, found);
  const personal =
    second === undefined
      ? null
      : !readPersonal
        ? UNREAD
        : partOf(at, PARTS.pii, second, { nonce: raw.pii_nonce, keyId: raw.pii_key, ct: raw.pii_ct }, found);
  return {
    id: raw.entry_id,
    at: raw.ts,
    kind: leaf.kind,
    outcome: leaf.outcome,
    intent: leaf.intent ?? null,
    leafHash: raw.leaf_hash,
    op,
    personal,
    body: op.kind === "open" ? op.value : null,
  };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A key id that is no UUID names no key, and must not make the question for the others fail. */
const isKeyId = (text: string | null): text is string => text !== null && UUID.test(text);

const UNREAD: ReadPart = { kind: "unread" };
const tampered = (why: string): ReadPart => ({ kind: "tampered", why });

function partOf(
  at: { readonly tenant: TenantId; readonly entry: EntryId },
  part: Part,
  committed: Commitment | undefined,
  { nonce, keyId, ct }: Stored,
  found: Found,
): ReadPart {
  if (committed === undefined) return tampered("the leaf commits to no body");
  if (nonce === null || ct === null) return { kind: "missing" };
  if (ct.length !== committed.len || bodyHash(nonce, ct) !== committed.h)
    return tampered("the bytes are not those that the leaf commits to");
  if (committed.kc === undefined)
    return keyId === null ? plain(ct) : tampered("the leaf commits to no key, and there is one");
  const key = keyId === null ? undefined : found.get(keyId);
  if (key === undefined || key.kind === "unknown") return tampered("its key is not one of this tenant's");
  if (key.kind === "destroyed") return { kind: "erased" };
  const text = openPart(key.key, { ...at, part }, { nonce, ct, kc: committed.kc });
  return text === null ? tampered("it does not open under the key that the leaf commits to") : plain(text);
}

function plain(text: Uint8Array): ReadPart {
  const value: unknown = JSON.parse(Buffer.from(text).toString("utf8"));
  return { kind: "open", value, bytes: text };
}
