import sql, { type Sql } from "sql-template-tag";
import { z } from "zod";
import { entryId, Fault, type EntryId } from "#kernel";
import { monthOf } from "#keys";
import type { Keys } from "#keys/io";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import type { NewEntry } from "../types.ts";
import { newEntryId } from "./entry-id.ts";
import { plainOf, sealEntry, usesOf, type EntryKeys, type Plain, type SealedEntry, type Stamp } from "./prepare.ts";
import type { ReadEntry } from "./read.ts";
import { ctOf, nonceOf } from "./seal.ts";

export const stampRow = z.object({ id: branded(z.string(), entryId), ts: instantColumn });

export interface AppendParts {
  readonly keys: Keys;
  readonly redact: (text: string) => string;
  readonly entryById: (tx: TenantTx, id: EntryId) => Promise<ReadEntry | null>;
}

export async function appendTo(parts: AppendParts, tx: TenantTx, entry: NewEntry): Promise<EntryId> {
  const plain = plainOf(entry, parts.redact);
  const stamp = stampOf(tx, entry) ?? (await askStamp(tx, entry));
  const keys = await keysFor(parts.keys, tx, plain, stamp);
  const insertion = insertionOf(sealEntry(keys, tx.tenantId, plain, stamp));
  // Nobody else has an id that was made here: there is nothing to compare with, and it is no use to wait for. What the database has against
  // it ends the transaction all the same.
  if (entry.id === undefined) tx.later(insertion);
  else if (!(await tx.one(insertion, writtenRow)).written) await demandSame(parts, tx, plain, stamp.id);
  return stamp.id;
}

/** By the transaction's own knowledge of the database's clock. Entries of one transaction are in the order in which they were appended. */
function stampOf(tx: TenantTx, entry: NewEntry): Stamp | null {
  const ts = entry.id === undefined ? tx.now() : null;
  if (ts === null) return null;
  return { id: newEntryId(ts, Math.min(tx.nth(), MOST_IN_ORDER)), ts };
}
const MOST_IN_ORDER = 4095;

const askStamp = (tx: TenantTx, entry: NewEntry): Promise<Stamp> =>
  tx.one(
    sql`select coalesce(${entry.id ?? null}::uuid, platform.uuidv7()) as id, date_trunc('milliseconds', clock_timestamp()) as ts`,
    stampRow,
  );

/** Throws `keys_unavailable`: then nothing is written, and the act that it would have been about does not happen. */
export async function keysFor(keys: Keys, tx: TenantTx, plain: Plain, { ts }: Pick<Stamp, "ts">): Promise<EntryKeys> {
  const uses = usesOf(plain, monthOf(ts));
  return {
    op: await keys.sealing(tx, uses.op),
    pii: uses.pii === null ? null : await keys.sealing(tx, uses.pii),
    search: await keys.sealing(tx, uses.search),
  };
}

/** The arguments of audit.append_one (0162). */
const insertionOf = ({ id, kind, outcome, leaf, parts, blind }: SealedEntry): Sql => sql`
  select audit.append_one(${id}::uuid, ${leaf}, ${kind}, ${outcome}, ${[...blind]}::bytea[], ${parts.map(({ part }) => part)}::smallint[],
    ${parts.map(nonceOf)}::bytea[], ${parts.map(({ keyId }) => keyId)}::text[], ${parts.map(ctOf)}::bytea[]) as written`;
const writtenRow = z.object({ written: z.boolean() });

/** The one that is there is opened and compared: what was sealed twice is never the same bytes. */
export async function demandSame(
  parts: Pick<AppendParts, "entryById">,
  tx: TenantTx,
  { entry, op, personal }: Plain,
  id: EntryId,
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
