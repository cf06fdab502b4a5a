import type { EntryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { EntryKind, NewEntry } from "../types.ts";
import { append } from "./append.ts";
import { entryById, recent, type ReadEntry } from "./recent.ts";

/**
 * One entry, in the caller's transaction: it exists exactly when the state it tells about does, and is durable when that
 * transaction is. Idempotent by `entry.id`: the same id and content is one entry, other content is a Fault. The time is the database's.
 */
export type Append = (tx: TenantTx, entry: NewEntry) => Promise<EntryId>;

/** The log, as rooms and surfaces are handed it by main. */
export interface Audit {
  readonly append: Append;
  /** The newest entries of the transaction's tenant, newest first; `kinds` empty or absent means all. */
  recent(
    tx: TenantTx,
    wanted: { readonly limit: number; readonly kinds?: readonly EntryKind[] },
  ): Promise<readonly ReadEntry[]>;
  /** One entry of the transaction's tenant, or null. */
  entryById(tx: TenantTx, id: EntryId): Promise<ReadEntry | null>;
}

export function createAudit(): Audit {
  return { append, recent, entryById };
}
