// What an export reads for each group of 256 entries, in the transaction of the tenant whose log it is.

import sql from "sql-template-tag";
import { z } from "zod";
import type { TenantTx } from "#platform/postgres";
import { base64, bundle, TILE_WIDTH } from "#verifier";
import { bytesColumn } from "../columns.ts";
import type { SlotRecord } from "#verifier";

const leafRow = z.object({ leaf: bytesColumn }).transform((row) => row.leaf);
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
