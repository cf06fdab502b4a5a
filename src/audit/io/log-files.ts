// A tenant's log as the files of docs/audit-format.md, one by one, out of the database.

import type { EntryId } from "#kernel";
import type { Statements, TenantTx } from "#platform/postgres";
import { concat, TILE_WIDTH } from "#verifier";
import { EPOCHS, type EntryProof, type EntryProofAnswer, type LogName } from "../proof.ts";
import { readCheckpoint } from "./checkpoints.ts";
import { bodyBundle, bodyRanges } from "./body-bundles.ts";
import { entryBundle, slotLines } from "./export/groups.ts";
import { proveEntry } from "./proofs.ts";
import { cosignedCheckpoint } from "./publish/epoch-copy.ts";
import { readSlots } from "./sources/slots.ts";

/** The newest signed note; the epoch log's with the lines of its witnesses. null: there is none yet. */
export async function newestNote(tx: Statements, log: LogName): Promise<string | null> {
  const newest = await readCheckpoint(tx, log);
  if (newest === null) return null;
  return log.kind === "epochs" ? ((await cosignedCheckpoint(tx, newest.epoch)) ?? newest.note) : newest.note;
}

export type TenantFile = "entries" | "bodies" | "slots";

/** Group `n` of 256. null: there is no such file. "too_large": more than `maxBytes`; an export has it. */
export async function tenantFile(
  tx: TenantTx,
  what: TenantFile,
  { n, width, maxBytes }: { readonly n: number; readonly width: number; readonly maxBytes: number },
): Promise<Uint8Array | "too_large" | null> {
  const from = n * TILE_WIDTH;
  switch (what) {
    case "entries":
      return entryBundle(tx, n, width);
    case "slots": {
      const newest = await readCheckpoint(tx, EPOCHS);
      if (newest === null || newest.epoch + 1 < from + width) return null;
      return slotLines(await readSlots(tx, tx.tenantId, from, from + width));
    }
    case "bodies": {
      if ((await entryBundle(tx, n, width)) === null) return null;
      const ranges = await bodyRanges(tx, tx.tenantId, n, width);
      if (ranges.reduce((sum, { bytes }) => sum + bytes, 0) > maxBytes) return "too_large";
      const parts: Uint8Array[] = [];
      for (const range of ranges) parts.push(await bodyBundle(tx, tx.tenantId, range));
      return concat(...parts);
    }
  }
}

/** The proof of an entry, under the newest checkpoint with the lines of its witnesses. */
export async function provenUnderWitnesses(tx: TenantTx, entryId: EntryId): Promise<EntryProofAnswer> {
  const proof = await proveEntry(tx, { tenantId: tx.tenantId, entryId });
  if (proof.kind !== "proven") return proof;
  const checkpoint: EntryProof["checkpoint"] = {
    ...proof.checkpoint,
    note: (await cosignedCheckpoint(tx, proof.checkpoint.epoch)) ?? proof.checkpoint.note,
  };
  return { ...proof, checkpoint };
}
