import sql, { empty, join } from "sql-template-tag";
import { z } from "zod";
import { entryId, type EntryId, type Instant } from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import { limits } from "../limits.ts";
import type { EntryKind } from "../types.ts";

export interface ReadEntry {
  readonly id: EntryId;
  readonly at: Instant;
  readonly kind: string;
  readonly outcome: string;
  readonly intent: string | null;
  /** Lower-case hexadecimal SHA-256 of the leaf (RFC 6962). */
  readonly leafHash: string;
  /** Null once erased. */
  readonly body: unknown;
}

const row = z
  .object({
    entry_id: branded(z.string(), entryId),
    ts: instantColumn,
    leaf: z.instanceof(Uint8Array),
    leaf_hash: z.string(),
    ct: z.instanceof(Uint8Array).nullable(),
  })
  .transform((raw): ReadEntry => {
    const leaf = leafShape.parse(JSON.parse(Buffer.from(raw.leaf).toString("utf8")));
    const body: unknown = raw.ct === null ? null : JSON.parse(Buffer.from(raw.ct).toString("utf8"));
    return {
      id: raw.entry_id,
      at: raw.ts,
      kind: leaf.kind,
      outcome: leaf.outcome,
      intent: leaf.intent ?? null,
      leafHash: raw.leaf_hash,
      body,
    };
  });
const leafShape = z.object({ kind: z.string(), outcome: z.string(), intent: z.string().optional() });

/** The newest entries of the transaction's tenant, newest first; `kinds` empty or absent means all. */
export async function recent(
  tx: TenantTx,
  wanted: { readonly limit: number; readonly kinds?: readonly EntryKind[] },
): Promise<readonly ReadEntry[]> {
  const limit = Math.max(1, Math.min(wanted.limit, limits.recentEntries));
  const kinds = wanted.kinds ?? [];
  const only = kinds.length === 0 ? empty : sql`and s.kind in (${join([...kinds])})`;
  return tx.many(
    sql`select e.entry_id, e.ts, e.leaf, encode(e.leaf_hash, 'hex') as leaf_hash, b.ct
      from audit.search s
      join audit.entry e using (tenant_id, entry_id)
      left join audit.body b on b.tenant_id = e.tenant_id and b.entry_id = e.entry_id and b.part = 0
      where s.tenant_id = ${tx.tenantId} ${only}
      order by s.entry_id desc limit ${limit}`,
    row,
  );
}

/** One entry of the transaction's tenant, or null. */
export async function entryById(tx: TenantTx, id: EntryId): Promise<ReadEntry | null> {
  return tx.maybe(
    sql`select e.entry_id, e.ts, e.leaf, encode(e.leaf_hash, 'hex') as leaf_hash, b.ct
      from audit.entry e left join audit.body b on b.tenant_id = e.tenant_id and b.entry_id = e.entry_id and b.part = 0
      where e.tenant_id = ${tx.tenantId} and e.entry_id = ${id}`,
    row,
  );
}
