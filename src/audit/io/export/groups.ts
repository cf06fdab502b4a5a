// What an export reads for each group of 256 entries, in the transaction of the tenant whose log it is.

import sql from "sql-template-tag";
import { z } from "zod";
import type { TenantTx } from "#platform/postgres";
import { base64, bundle, TILE_WIDTH } from "#verifier";
import { bytesColumn } from "../columns.ts";
import type { SlotRecord } from "#verifier";

const leafRow = z.object({ leaf: bytesColumn }).transform((row) => row.leaf);
const sizeRow = z.object({ idx: z.int(), bytes: z.int() });
const bodyRow = z.object({
  id: z.string(),
  part: z.int(),
  nonce: bytesColumn,
  key_id: z.string().nullable(),
  ct: bytesColumn,
});

/** null: the log does not reach that far. A leaf that is no longer kept has length 0. */
export async function entryBundle(tx: TenantTx, n: number, width: number): Promise<Uint8Array | null> {
  const from = n * TILE_WIDTH;
  const leaves = await tx.many(
    sql`select coalesce(e.leaf, ''::bytea) as leaf from audit.leaf l left join audit.entry e using (tenant_id, entry_id)
      where l.tenant_id = ${tx.tenantId} and l.idx >= ${from} and l.idx < ${from + width} order by l.idx`,
    leafRow,
  );
  return leaves.length === width ? bundle(leaves) : null;
}

/** Read at once, at most; a body alone may be larger. */
const CHUNK_BYTES = 16 * 1024 * 1024;

export interface BodyRange {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** Ranges of indexes whose bodies fit into memory together. */
export async function bodyRanges(tx: TenantTx, n: number, width: number): Promise<readonly BodyRange[]> {
  const from = n * TILE_WIDTH;
  const sizes = await tx.many(
    sql`select l.idx, sum(octet_length(b.ct))::bigint as bytes from audit.leaf l join audit.body b using (tenant_id, entry_id)
      where l.tenant_id = ${tx.tenantId} and l.idx >= ${from} and l.idx < ${from + width} group by l.idx order by l.idx`,
    sizeRow,
  );
  const ranges: BodyRange[] = [];
  for (const { idx, bytes } of sizes) {
    const last = ranges.at(-1);
    if (last !== undefined && last.bytes + bytes <= CHUNK_BYTES)
      ranges[ranges.length - 1] = { from: last.from, to: idx + 1, bytes: last.bytes + bytes };
    else ranges.push({ from: idx, to: idx + 1, bytes });
  }
  return ranges;
}

/** JSON lines; sealed as they are, so that an export needs no key and gives none away. */
export async function bodyLines(tx: TenantTx, { from, to }: BodyRange): Promise<Uint8Array> {
  const rows = await tx.many(
    sql`select b.entry_id as id, b.part, b.nonce, b.key_id, b.ct from audit.leaf l join audit.body b using (tenant_id, entry_id)
      where l.tenant_id = ${tx.tenantId} and l.idx >= ${from} and l.idx < ${to} order by l.idx, b.part`,
    bodyRow,
  );
  return lines(
    rows.map(({ id, part, nonce, key_id, ct }) => ({
      id,
      part,
      nonce: base64(nonce),
      key_id,
      ct: Buffer.from(ct).toString("base64"),
    })),
  );
}

export const slotLines = (records: readonly SlotRecord[]): Uint8Array =>
  lines(
    records.map(({ epoch, leaf, proof }) => ({
      epoch,
      leaf: Buffer.from(leaf).toString("utf8"),
      proof: proof.map(base64),
    })),
  );

const lines = (items: readonly object[]): Uint8Array =>
  Buffer.from(items.map((item) => `${JSON.stringify(item)}\n`).join(""));
