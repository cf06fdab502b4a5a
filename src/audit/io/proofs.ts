// From one entry to the public checkpoint, out of the database: for a tenant about itself, for the verifier about anybody.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, type EntryId, type TenantId } from "#kernel";
import type { Statements } from "#platform/postgres";
import { hashesOf, inclusionRanges, proofOf, rootOf, TILE_WIDTH, type Hash } from "#verifier";
import {
  EPOCHS,
  logOf,
  originOf,
  type EntryProofAnswer,
  type Inclusion,
  type LogName,
  type StoredCheckpoint,
} from "../proof.ts";
import { slotBytes } from "../slots.ts";
import { readCheckpoint } from "./checkpoints.ts";
import { bytesColumn, headColumns } from "./columns.ts";
import { sha256 } from "./sha256.ts";
import { inclusionProof } from "./tiles.ts";

const entryRow = z.object({ leaf: bytesColumn, idx: z.int().nullable() });
const headRow = z.object({
  epoch: z.int(),
  ...headColumns,
});
const epochRow = z.object({
  base: z.string(),
  leaf: bytesColumn,
  root: bytesColumn,
  incarnation: z.int(),
  previous: z.string(),
  hashes: bytesColumn,
});
const leafRow = z.object({ leaf: bytesColumn }).transform((row) => row.leaf);

/**
 * Leaves of a log, in order: `count` from index `from` on, fewer where the log ends. An entry bundle of tlog-tiles is
 * `bundle(await readLeaves(tx, log, n * 256, width))`. Of a month that retention removed, none are here any more.
 */
export const readLeaves = (
  tx: Statements,
  log: LogName,
  from: number,
  count: number = TILE_WIDTH,
): Promise<readonly Uint8Array[]> =>
  tx.many(
    log.kind === "epochs"
      ? sql`select leaf from audit.epoch where epoch >= ${from} and epoch < ${from + count} order by epoch`
      : sql`select e.leaf from audit.leaf l join audit.entry e on e.tenant_id = l.tenant_id and e.entry_id = l.entry_id
          where l.tenant_id = ${log.tenantId} and l.idx >= ${from} and l.idx < ${from + count} order by l.idx`,
    leafRow,
  );

/** The proof of an entry under the newest checkpoint. */
export async function proveEntry(
  tx: Statements,
  at: { readonly tenantId: TenantId; readonly entryId: EntryId },
): Promise<EntryProofAnswer> {
  const { tenantId, entryId } = at;
  const entry = await tx.maybe(
    sql`select e.leaf, l.idx from audit.entry e left join audit.leaf l on l.tenant_id = e.tenant_id and l.entry_id = e.entry_id
      where e.tenant_id = ${tenantId} and e.entry_id = ${entryId}`,
    entryRow,
  );
  if (entry === null) return { kind: "no_such_entry" };
  const { leaf, idx: index } = entry;
  const checkpoint = await readCheckpoint(tx, EPOCHS);
  const head = checkpoint === null ? null : await headIn(tx, tenantId, checkpoint.epoch);
  if (checkpoint === null || head === null || index === null || index >= head.size) return { kind: "pending", index };
  const tenantCheckpoint = await readCheckpoint(tx, logOf(tenantId), checkpoint.epoch);
  if (tenantCheckpoint === null || tenantCheckpoint.size !== head.size)
    throw new Fault("invariant_broken", `Epoch ${checkpoint.epoch} is signed and a tenant's head in it is not.`);
  const { size, root } = head;
  const proof = await inclusionProof(tx, logOf(tenantId), index, size);
  const { slot, epoch } = await slotInEpoch(tx, tenantId, head, checkpoint);
  return { kind: "proven", entry: { leaf, index, size, root, proof }, tenantCheckpoint, slot, epoch, checkpoint };
}

type Head = z.infer<typeof headRow>;

/** A log's head as an epoch committed to it; null: it had no slot yet. */
const headIn = (tx: Statements, tenantId: TenantId, epoch: number): Promise<Head | null> =>
  tx.maybe(
    sql`select epoch, slot, size, root, chain, salt, shredded from audit.head_at
      where tenant_id = ${tenantId} and epoch <= ${epoch} order by epoch desc limit 1`,
    headRow,
  );

async function slotInEpoch(
  tx: Statements,
  tenantId: TenantId,
  head: Head,
  checkpoint: StoredCheckpoint,
): Promise<{ readonly slot: Inclusion; readonly epoch: Inclusion }> {
  const index = checkpoint.epoch;
  const size = checkpoint.size;
  const epoch = await tx.one(
    sql`select e.base, e.leaf, e.root, e.incarnation, e.previous, s.hashes from audit.epoch e join audit.epoch_slots s using (epoch) where e.epoch = ${index}`,
    epochRow,
  );
  const slots = hashesOf(epoch.hashes) ?? [];
  const leaf = slotBytes(epoch, { ...head, log: originOf(epoch.base, logOf(tenantId)) });
  return {
    slot: {
      leaf,
      index: head.slot,
      size: slots.length,
      root: rootOf(sha256, slots),
      proof: slotProof(slots, head.slot),
    },
    epoch: { leaf: epoch.leaf, index, size, root: epoch.root, proof: await inclusionProof(tx, EPOCHS, index, size) },
  };
}

const slotProof = (slots: readonly Hash[], index: number): readonly Hash[] =>
  proofOf(sha256, inclusionRanges(index, slots.length), ({ level, index: at }) =>
    rootOf(sha256, slots.slice(at * 2 ** level, (at + 1) * 2 ** level)),
  );
