import sql from "sql-template-tag";
import { z } from "zod";
import type { EntryId } from "#kernel";
import type { Database, Statements, TenantClaim, TenantTx } from "#platform/postgres";
import { reaches, type Acknowledged, type Level, type Receipt } from "../acknowledgement.ts";
import { bytesColumn } from "./columns.ts";
import type { RunningSequencer } from "./sequencer/run.ts";

export type Acknowledge = (
  claim: TenantClaim,
  entryId: EntryId,
  level: Level,
  options: { readonly timeoutMs: number },
) => Promise<Acknowledged>;

export interface AcknowledgeParts {
  readonly database: Database;
  /** In this process: woken at once, and waited for. Null: another process sequences, and we look again and again. */
  readonly sequencer: Pick<RunningSequencer, "wake" | "progress"> | null;
  /** Whether this epoch's checkpoint, or a later one, has its witnesses: each commits to all before it. */
  readonly witnessed: (tx: Statements, epoch: number) => Promise<boolean>;
}

export const isWitnessed: AcknowledgeParts["witnessed"] = async (tx, epoch) =>
  (
    await tx.one(
      sql`select exists (select from audit.witnessed where epoch >= ${epoch}) as witnessed`,
      z.object({ witnessed: z.boolean() }),
    )
  ).witnessed;

const LOOK_AGAIN_MS = 20;

/** Waits until an entry has got as far as wanted, or the time is up. The caller's transaction must have been committed. */
export function createAcknowledge({ database, sequencer, witnessed }: AcknowledgeParts): Acknowledge {
  return async (claim, entryId, wanted, { timeoutMs }) => {
    const until = performance.now() + timeoutMs;
    sequencer?.wake();
    for (;;) {
      const receipt = await database.withTenant(claim, (tx) => receiptOf(tx, entryId, witnessed));
      if (receipt === null) return { kind: "no_such_entry" };
      if (reaches(receipt.level, wanted)) return { kind: "acknowledged", ...receipt };
      const left = until - performance.now();
      if (left <= 0) return { kind: "not_yet", ...receipt };
      await wait(sequencer, Math.min(left, LOOK_AGAIN_MS * (wanted === "witnessed" ? 10 : 1)));
    }
  };
}

const wait = (sequencer: AcknowledgeParts["sequencer"], ms: number): Promise<void> =>
  sequencer === null
    ? new Promise((resolve) => {
        setTimeout(resolve, ms);
      })
    : sequencer.progress.wait(ms);

const headRow = z.object({ epoch: z.int(), size: z.int(), note: z.string() });
const row = z.object({ leaf_hash: bytesColumn, idx: z.int().nullable() });

/** How far an entry of the transaction's tenant has got; null: there is no such entry. */
export async function receiptOf(
  tx: TenantTx,
  entryId: EntryId,
  witnessed: AcknowledgeParts["witnessed"],
): Promise<Receipt | null> {
  const entry = await tx.maybe(
    sql`select e.leaf_hash, l.idx from audit.entry e left join audit.leaf l on l.tenant_id = e.tenant_id and l.entry_id = e.entry_id
      where e.tenant_id = ${tx.tenantId} and e.entry_id = ${entryId}`,
    row,
  );
  if (entry === null) return null;
  const durable = { entryId, leafHash: entry.leaf_hash, index: entry.idx, size: null, checkpoint: null };
  if (entry.idx === null) return { ...durable, level: "durable" };
  // A tenant's head is signed before its epoch is: it counts from the epoch's own checkpoint on.
  const head = await tx.maybe(
    sql`select h.epoch, h.size, h.note from audit.tenant_checkpoint h join audit.checkpoint c using (epoch)
      where h.tenant_id = ${tx.tenantId} and h.size > ${entry.idx} order by h.epoch limit 1`,
    headRow,
  );
  if (head === null) return { ...durable, level: "sequenced" };
  const level = (await witnessed(tx, head.epoch)) ? "witnessed" : "sequenced";
  return { ...durable, level, size: head.size, checkpoint: head.note };
}
