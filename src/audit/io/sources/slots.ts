// A log's heads in the epochs of late, each with the proof of its place.

import sql from "sql-template-tag";
import { z } from "zod";
import type { TenantId } from "#kernel";
import type { Statements } from "#platform/postgres";
import { hashesOf, inclusionRanges, rootOf, type SlotRecord } from "#verifier";
import { logOf, originOf } from "../../proof.ts";
import { slotBytes } from "../../slots.ts";
import { bytesColumn, headColumns } from "../columns.ts";
import { sha256 } from "../sha256.ts";

/** Proofs cost a slot tree each; the newest epochs are enough to tie the log to what is witnessed. */
const EPOCHS_SHOWN = 16;

const row = z.object({
  epoch: z.int(),
  base: z.string(),
  incarnation: z.int(),
  previous: z.string(),
  hashes: bytesColumn,
  ...headColumns,
});

/** The newest of the epochs `from` up to, not including, `to`. */
export async function readSlots(
  tx: Statements,
  log: TenantId,
  from: number,
  to: number,
): Promise<readonly SlotRecord[]> {
  const rows = await tx.many(
    sql`select e.epoch, e.base, e.incarnation, e.previous, s.hashes, h.slot, h.size, h.root, h.chain, h.salt, h.shredded
      from audit.epoch e join audit.epoch_slots s using (epoch)
      cross join lateral (
        select a.slot, a.size, a.root, a.chain, a.salt, a.shredded from audit.head_at a
        where a.tenant_id = ${log} and a.epoch <= e.epoch order by a.epoch desc limit 1) h
      where e.epoch >= ${Math.max(from, to - EPOCHS_SHOWN)} and e.epoch < ${to} order by e.epoch`,
    row,
  );
  return rows.map((each) => {
    const leaf = slotBytes(each, { ...each, log: originOf(each.base, logOf(log)) });
    const hashes = hashesOf(each.hashes) ?? [];
    // A damaged slot tree proves nothing; that is for the verifier to say.
    if (each.slot >= hashes.length) return { epoch: each.epoch, leaf, proof: [] };
    const proof = inclusionRanges(each.slot, hashes.length).map((at) => rootOf(sha256, hashes.slice(at.from, at.to)));
    return { epoch: each.epoch, leaf, proof };
  });
}
