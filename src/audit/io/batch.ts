// One call for a batch: the arguments of audit.append_batch (0052, 0056).

import sql from "sql-template-tag";
import { z } from "zod";
import type { Database, TenantClaim } from "#platform/postgres";
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

const nothing = z.object({});

/** Durable when it resolves: the one call is a transaction of its own. Rejects, and nothing is written, when one of them cannot be. */
export async function insertBatch(
  database: Pick<Database, "platformStatement" | "batchClaim">,
  claims: readonly TenantClaim[],
  entries: readonly SealedEntry[],
): Promise<void> {
  const parts = entries.flatMap((entry, at) => entry.parts.map((part) => ({ part, of: at + 1 })));
  const leaves = joined(entries.map(({ leaf }) => leaf));
  const bodies = joined(parts.map(({ part }) => part.bytes));
  await database.platformStatement(
    sql`select audit.append_batch(${database.batchClaim(claims)},
      ${plainArray(entries.map(({ tenant }) => tenant))}::uuid[], ${plainArray(entries.map(({ id }) => id))}::uuid[],
      ${plainArray(entries.map(({ kind }) => kind))}::text[], ${plainArray(entries.map(({ outcome }) => outcome))}::text[],
      ${plainArray(entries.map(({ blind }) => arrayText(blind)))}::text[],
      ${leaves.at}::integer[], ${leaves.lengths}::integer[], ${leaves.bytes}::bytea,
      ${plainArray(parts.map(({ of }) => of))}::integer[], ${plainArray(parts.map(({ part }) => part.part))}::smallint[],
      ${plainArray(parts.map(({ part }) => part.keyId))}::text[],
      ${bodies.at}::integer[], ${bodies.lengths}::integer[], ${bodies.bytes}::bytea)`,
    nothing,
  );
}
