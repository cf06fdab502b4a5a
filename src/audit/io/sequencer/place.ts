// Where the sequencer is, and who it is: the fence, the snapshot, the incarnation.

import sql, { type Sql } from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import { branded, tenantIdColumn, type RoleTx } from "#platform/postgres";
import { fromHex } from "#verifier";
import type { Waiting } from "../../sequence.ts";
import { EVERYTHING, parseSnapshot, wentBack, type Place, type Snapshot } from "../../watermark.ts";
import { entryIdColumn } from "../columns.ts";

export type SequencerTx = RoleTx<"sequencer">;

/** Who may write. Raised by every batch, so that of two who believe to be the one, the older finds nothing to update. */
export interface Standing {
  readonly fence: number;
  readonly incarnation: number;
  readonly place: Place;
}

const snapshotColumn = branded(z.string(), parseSnapshot);
const xid = z.string().regex(/^\d+$/).transform(BigInt);
const placeRow = z.object({
  fence: z.int(),
  incarnation: z.int(),
  seen: snapshotColumn.nullable(),
  low: xid,
  cluster: z.string().nullable(),
  cluster_now: z.string(),
  now: snapshotColumn,
});

/** Somebody else raised the fence. */
export class Fenced extends Error {
  constructor() {
    super("Another sequencer has taken over.");
    this.name = "Fenced";
  }
}

/** From here on every other sequencer is fenced off. `restored`: this is another database than the one `seen` is about. */
export async function takeOver(tx: SequencerTx): Promise<Standing & { readonly restored: boolean }> {
  const row = await tx.one(
    sql`update audit.sequencer set epoch = epoch + 1 where id = 1 returning epoch as fence, incarnation, seen::text, low_xid::text as low,
      cluster, (select system_identifier::text from pg_control_system()) as cluster_now, pg_current_snapshot()::text as now`,
    placeRow,
  );
  const place: Place = { seen: row.seen, low: row.low };
  const restored = (row.cluster !== null && row.cluster !== row.cluster_now) || wentBack(place, row.now);
  const { incarnation } = await tx.one(
    restored
      ? sql`update audit.sequencer set incarnation = incarnation + 1, cluster = ${row.cluster_now}, seen = null, low_xid = '0' where id = 1 returning incarnation`
      : sql`update audit.sequencer set cluster = ${row.cluster_now} where id = 1 returning incarnation`,
    z.object({ incarnation: z.int() }),
  );
  return { fence: row.fence, incarnation, place: restored ? EVERYTHING : place, restored };
}

export interface Look {
  readonly waiting: readonly Waiting[];
  /** What the look saw; its rows are all there are only when there were fewer than `limit`. */
  readonly snapshot: Snapshot;
}

const waitingRow = z
  .object({ tenant_id: tenantIdColumn, entry_id: entryIdColumn, leaf_hash: branded(z.string(), fromHex) })
  .transform((row): Waiting => ({ tenantId: row.tenant_id, entryId: row.entry_id, leafHash: row.leaf_hash }));
const lookRow = z.object({ snapshot: snapshotColumn, waiting: z.array(waitingRow) });

/**
 * Entries without a place, in the order of their transactions (audit.look, 0070). Where a look was cut off by `limit`, the next one must
 * not take what was left for seen.
 */
export async function look(
  tx: SequencerTx,
  { place, incarnation }: Pick<Standing, "place" | "incarnation">,
  limit: number,
): Promise<Look> {
  const { seen } = place;
  return tx.one(
    seen === null
      ? everythingWaiting(limit)
      : sql`select snapshot, waiting from audit.look(${incarnation}::integer, ${String(seen.xmax)}::xid8, ${seen.open}::text[]::xid8[], ${limit}::integer)`,
    lookRow,
  );
}

/** The same for who has seen nothing yet, whatever the incarnation. Once in a sequencer's life. */
const everythingWaiting = (limit: number): Sql =>
  sql`select pg_current_snapshot()::text as snapshot, coalesce((select json_agg(w) from (
    select e.tenant_id, e.entry_id, encode(e.leaf_hash, 'hex') as leaf_hash from audit.entry e
    where (select true from audit.leaf l where l.tenant_id = e.tenant_id and l.entry_id = e.entry_id) is null
    order by e.incarnation, e.xid, e.entry_id limit ${limit}) w), '[]') as waiting`;

/** Moves the fence and the place; no row where somebody else moved it, or where the database's clock is behind the last batch's. */
export const raising = (fence: number, place: Place): Sql =>
  sql`update audit.sequencer set epoch = epoch + 1, seen = ${place.seen?.text ?? null}::pg_snapshot, low_xid = ${String(place.low)}::xid8, sequenced_at = clock_timestamp()
    where id = 1 and epoch = ${fence} and coalesce(sequenced_at <= clock_timestamp(), true)`;

/** False: the database's clock is behind the last batch's. Nothing was changed. Throws Fenced. */
export async function raise(tx: SequencerTx, fence: number, place: Place): Promise<boolean> {
  if ((await tx.run(raising(fence, place))) === 1) return true;
  await demandFence(tx, fence);
  return false;
}

export async function demandFence(tx: SequencerTx, fence: number): Promise<void> {
  const found = await tx.maybe(sql`select epoch as fence from audit.sequencer`, z.object({ fence: z.int() }));
  if (found === null) throw new Fault("invariant_broken", "The sequencer's own row is missing from audit.sequencer.");
  if (found.fence !== fence) throw new Fenced();
}
