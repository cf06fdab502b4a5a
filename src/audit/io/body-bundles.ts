// Sealed bodies out of the database, as the records of docs/audit-format.md. As they are: no key is needed, and none is given away.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Statements } from "#platform/postgres";
import { bundleParts, TILE_WIDTH } from "#verifier";
import { bytesColumn } from "./columns.ts";

/** Read at once, at most; a body alone may be larger. */
const CHUNK_BYTES = 16 * 1024 * 1024;

export interface BodyRange {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

const sizeRow = z.object({ idx: z.int(), bytes: z.int() });
const bodyRow = z
  .object({ id: z.string(), part: z.int(), nonce: bytesColumn, key_id: z.string().nullable(), ct: bytesColumn })
  .transform(({ key_id: keyId, ...rest }) => ({ ...rest, keyId }));
// Base64, since the driver reads text, and hexadecimal is half as long again.
const base64Column = z.string().transform((text) => Buffer.from(text, "base64"));
const groupRow = z.object({ n: z.int(), bundle: base64Column.nullable() });

/** Ranges of indexes whose bodies fit into memory together. */
export async function bodyRanges(
  tx: Statements,
  tenant: string,
  n: number,
  width: number,
): Promise<readonly BodyRange[]> {
  const from = n * TILE_WIDTH;
  const sizes = await tx.many(
    sql`select l.idx, sum(octet_length(b.ct))::bigint as bytes from audit.leaf l join audit.body b using (tenant_id, entry_id)
      where l.tenant_id = ${tenant} and l.idx >= ${from} and l.idx < ${from + width} group by l.idx order by l.idx`,
    sizeRow,
  );
  const ranges: BodyRange[] = [];
  for (const { idx, bytes } of sizes) {
    const last = ranges.at(-1);
    if (last !== undefined && last.bytes + bytes <= CHUNK_BYTES)
      ranges[ranges.length - 1] = { from: last.from, to: idx + 1, bytes: last.bytes + bytes };
    else ranges.push({ from: idx, to: idx + 1, bytes });
  }
  return ranges;
}

export async function bodyBundle(tx: Statements, tenant: string, { from, to }: BodyRange): Promise<Uint8Array> {
  const rows = await tx.many(
    sql`select b.entry_id as id, b.part, b.nonce, b.key_id, b.ct from audit.leaf l join audit.body b using (tenant_id, entry_id)
      where l.tenant_id = ${tenant} and l.idx >= ${from} and l.idx < ${to} order by l.idx, b.part`,
    bodyRow,
  );
  return bundleParts(rows);
}

/** The groups of 256 between two indexes, each made in the database: a row for each body would take longer than hashing it. `bundle` null: too large for that, read it by ranges. */
export const groupBundles = (
  tx: Statements,
  tenant: string,
  from: number,
  to: number,
): Promise<readonly z.infer<typeof groupRow>[]> =>
  tx.many(
    // The record is made outside, so that a body of a group that is too large is not even read.
    sql`select n, encode(string_agg(uuid_send(entry_id) || substring(int2send(part) from 2)
          || substring(int2send(coalesce(octet_length(key_id), 0)::smallint) from 2) || convert_to(coalesce(key_id, ''), 'UTF8')
          || substring(int2send(octet_length(nonce)::smallint) from 2) || int4send(octet_length(ct)) || nonce || ct, ''::bytea
        order by idx, part) filter (where bytes <= ${CHUNK_BYTES}), 'base64') as bundle
      from (
        select l.idx / ${TILE_WIDTH} as n, l.idx, b.entry_id, b.part, b.key_id, b.nonce, b.ct,
          sum(octet_length(b.ct)) over (partition by l.idx / ${TILE_WIDTH}) as bytes
        from audit.leaf l join audit.body b on b.tenant_id = l.tenant_id and b.entry_id = l.entry_id
        where l.tenant_id = ${tenant} and l.idx >= ${from} and l.idx < ${to}) p
      group by n`,
    groupRow,
  );
