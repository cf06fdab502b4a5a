// One call for a batch: the arguments of audit.append_batch (0052).

import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, Fault, type EntryId, type Instant } from "#kernel";
import { instantColumn, type Database, type TenantClaim } from "#platform/postgres";
import type { SealedEntry } from "./prepare.ts";

/** A bytea[] within a text[]: each backslash stands for itself only behind another, once for each of the two. */
const arrayText = (terms: readonly string[]): string => `"{${terms.join(",").replaceAll("\\", "\\\\\\\\")}}"`;
/** Of what needs no quotes: ids, numbers, words of ours. */
const plainArray = (items: readonly (string | number)[]): string => `{${items.join(",")}}`;

/** All of them in one piece, and where each begins (PostgreSQL counts from 1). */
function joined(pieces: readonly Uint8Array[]) {
  const lengths = pieces.map(({ length }) => length);
  let next = 1;
  const at = lengths.map((length) => (next += length) - length);
  return { at: plainArray(at), lengths: plainArray(lengths), bytes: Buffer.concat(pieces) };
}

const stampsRow = z
  .object({ ts: instantColumn, ids: z.string() })
  .transform(({ ts, ids }) => ({ ts, ids: ids.split(" ").flatMap((id) => entryId(id) ?? []) }));

/** The time of a batch by the database's clock, and `count` new ids. */
export async function stampsFor(
  database: Pick<Database, "platformStatement">,
  count: number,
): Promise<{ readonly ts: Instant; readonly ids: readonly EntryId[] }> {
  const [stamps] = await database.platformStatement(
    sql`select date_trunc('milliseconds', clock_timestamp()) as ts, string_agg(platform.uuidv7()::text, ' ') as ids
      from generate_series(1, ${count}::integer)`,
    stampsRow,
  );
  if (stamps?.ids.length !== count) throw new Fault("invariant_broken", "The database gave an entry no id.");
  return stamps;
}

/** Durable when it resolves: the one call is a transaction of its own. Rejects, and nothing is written, when one of them cannot be. */
export async function insertBatch(
  database: Pick<Database, "platformStatement">,
  claims: readonly TenantClaim[],
  entries: readonly SealedEntry[],
): Promise<void> {
  const parts = entries.flatMap((entry, at) => entry.parts.map((part) => ({ part, of: at + 1 })));
  const leaves = joined(entries.map(({ leaf }) => leaf));
  const bodies = joined(parts.map(({ part }) => part.bytes));
  await database.platformStatement(
    sql`select audit.append_batch(${claims.map(({ text }) => text).join(" ")},
      ${plainArray(entries.map(({ tenant }) => tenant))}::uuid[], ${plainArray(entries.map(({ id }) => id))}::uuid[],
      ${plainArray(entries.map(({ kind }) => kind))}::text[], ${plainArray(entries.map(({ outcome }) => outcome))}::text[],
      ${plainArray(entries.map(({ blind }) => arrayText(blind)))}::text[],
      ${leaves.at}::integer[], ${leaves.lengths}::integer[], ${leaves.bytes}::bytea,
      ${plainArray(parts.map(({ of }) => of))}::integer[], ${plainArray(parts.map(({ part }) => part.part))}::smallint[],
      ${plainArray(parts.map(({ part }) => part.keyId))}::text[],
      ${bodies.at}::integer[], ${bodies.lengths}::integer[], ${bodies.bytes}::bytea)`,
    z.object({}),
  );
}
