import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, type EntryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { parseCheckpoint, parseNote } from "#verifier";
import { EPOCHS } from "../proof.ts";
import { printReceipt, type PrintedReceipt } from "../receipt.ts";
import { readCheckpoint } from "./checkpoints.ts";
import { bytesColumn } from "./columns.ts";

const row = z.object({ leaf_hash: bytesColumn, idx: z.int().nullable(), size: z.int() });

/** The receipt of an entry of the transaction's tenant as it is now; null: there is no such entry (it may wait in the spool). */
export async function readReceipt(tx: TenantTx, entry: EntryId, facts: string | null): Promise<string | null> {
  const found = await tx.maybe(
    sql`select e.leaf_hash, l.idx, coalesce((select h.size from audit.head h where h.tenant_id = e.tenant_id), 0) as size
      from audit.entry e left join audit.leaf l on l.tenant_id = e.tenant_id and l.entry_id = e.entry_id
      where e.tenant_id = ${tx.tenantId} and e.entry_id = ${entry}`,
    row,
  );
  if (found === null) return null;
  const { leaf_hash: leaf, idx: index, size } = found;
  return printReceipt({ log: tx.tenantId, entry, leaf, index, size, checkpoint: await newestEpoch(tx), facts });
}

async function newestEpoch(tx: TenantTx): Promise<PrintedReceipt["checkpoint"]> {
  const stored = await readCheckpoint(tx, EPOCHS);
  if (stored === null) return null;
  const note = parseNote(stored.note);
  const checkpoint = note.kind === "note" ? parseCheckpoint(note.body) : note;
  if (checkpoint.kind !== "checkpoint")
    throw new Fault("invariant_broken", `The checkpoint of epoch ${stored.epoch} is malformed: ${checkpoint.why}`);
  return { epoch: stored.epoch, root: checkpoint.root };
}
