import type { EntryId } from "#kernel";
import type { Keys } from "#keys/io";
import { createScrubber } from "#platform/log";
import type { TenantTx } from "#platform/postgres";
import type { NewEntry } from "../types.ts";
import { appendTo } from "./append.ts";
import { searchKeyOf, type SearchKey } from "./blind.ts";
import { createReader, type Reader } from "./read.ts";

/**
 * One entry, in the caller's transaction: it exists exactly when the state it tells about does, and is durable when that
 * transaction is. Idempotent by `entry.id`: the same id and content is one entry, other content is a Fault. The time is the database's.
 */
export type Append = (tx: TenantTx, entry: NewEntry) => Promise<EntryId>;

/** The log, as rooms and surfaces are handed it by main. */
export interface Audit extends Reader {
  readonly append: Append;
  /** Of the transaction's tenant. It is destroyed with the tenant's other keys, and the search index is noise from then on. */
  readonly searchKey: SearchKey;
}

export interface AuditParts {
  readonly keys: Keys;
  /** Values of this process that no entry may hold, whatever they look like. */
  readonly secrets?: readonly string[];
}

export function createAudit({ keys, secrets = [] }: AuditParts): Audit {
  const reader = createReader(keys);
  const redact = createScrubber(secrets);
  const searchKey: SearchKey = async (tx) => searchKeyOf((await keys.sealing(tx, { purpose: "column" })).key);
  const parts = { keys, redact, entryById: reader.entryById };
  return { ...reader, searchKey, append: (tx, entry) => appendTo(parts, tx, entry) };
}
