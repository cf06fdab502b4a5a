import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, Fault, type EntryId } from "#kernel";
import type { Keys } from "#keys/io";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import type { NewEntry } from "../types.ts";
import { termsOf } from "../terms.ts";
import { blindTerms, type SearchKey } from "./blind.ts";
import { plainOf, sealEntry, type Plain, type SealedEntry, type Stamp } from "./prepare.ts";
import type { ReadEntry } from "./read.ts";

const stampRow = z.object({ id: branded(z.string(), entryId), ts: instantColumn });

export interface AppendParts {
  readonly keys: Keys;
  readonly searchKey: SearchKey;
  readonly redact: (text: string) => string;
  readonly entryById: (tx: TenantTx, id: EntryId) => Promise<ReadEntry | null>;
}

export async function appendTo(parts: AppendParts, tx: TenantTx, entry: NewEntry): Promise<EntryId> {
  const plain = plainOf(entry, parts.redact);
  const stamp = await tx.one(
    sql`select coalesce(${entry.id ?? null}::uuid, platform.uuidv7()) as id, date_trunc('milliseconds', clock_timestamp()) as ts`,
    stampRow,
  );
  const blind = blindTerms(await parts.searchKey(tx), termsOf(entry));
  const written = await insert(tx, await sealEntry(parts.keys, tx, plain, stamp), blind);
  if (written === 0) await demandSame(parts, tx, plain, stamp);
  return stamp.id;
}

// INVARIANT: columns by name. The role has no right to ts, xid, incarnation and leaf_hash.
function insert(
  tx: TenantTx,
  { id, kind, outcome, leaf, parts }: SealedEntry,
  blind: readonly Buffer[],
): Promise<number> {
  return tx.run(sql`
    with entry as (
      insert into audit.entry (tenant_id, entry_id, leaf) values (${tx.tenantId}, ${id}, ${leaf})
      on conflict do nothing returning tenant_id, entry_id
    ), found as (
      insert into audit.search (tenant_id, entry_id, kind, outcome, blind)
      select tenant_id, entry_id, ${kind}, ${outcome}, ${[...blind]}::bytea[] from entry
    )
    insert into audit.body (tenant_id, entry_id, part, nonce, key_id, ct)
    select tenant_id, entry_id, p.part, p.nonce, p.key_id, p.ct from entry, unnest(
      ${parts.map(({ part }) => part)}::smallint[], ${parts.map(({ nonce }) => nonce)}::bytea[],
      ${parts.map(({ keyId }) => keyId)}::text[], ${parts.map(({ ct }) => ct)}::bytea[]) as p(part, nonce, key_id, ct)`);
}

/** The one that is there is opened and compared: what was sealed twice is never the same bytes. */
export async function demandSame(
  parts: Pick<AppendParts, "entryById">,
  tx: TenantTx,
  { entry, op, personal }: Plain,
  { id }: Pick<Stamp, "id">,
): Promise<void> {
  const there = await parts.entryById(tx, id);
  const same =
    there !== null &&
    there.kind === entry.kind &&
    there.outcome === entry.outcome &&
    there.intent === (entry.intent ?? null) &&
    there.op.kind === "open" &&
    Buffer.from(op).equals(there.op.bytes) &&
    (personal === null
      ? there.personal === null
      : there.personal?.kind === "open" && Buffer.from(personal.bytes).equals(there.personal.bytes));
  if (!same) throw new Fault("invariant_broken", `Audit entry ${id} exists with other content.`);
}
