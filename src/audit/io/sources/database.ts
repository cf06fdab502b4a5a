// The log as it lies in the database, for the verifier's checklist. As a role that reads everything and writes nothing.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, tenantId } from "#kernel";
import type { Statements } from "#platform/postgres";
import {
  broken,
  found,
  hashesOf,
  TILE_WIDTH,
  unbundle,
  unbundleParts,
  type Hash,
  type Log,
  type LogSource,
  type Read,
  type SealedPart,
} from "#verifier";
import { EPOCHS, logOf, type LogName } from "../../proof.ts";
import { bodyBundle, bodyRanges, groupBundles } from "../body-bundles.ts";
import { readCheckpoint } from "../checkpoints.ts";
import { bytesColumn } from "../columns.ts";
import { readLeaves } from "../proofs.ts";
import { readTile } from "../tiles.ts";
import { createBlocks } from "./blocks.ts";
import { readSlots } from "./slots.ts";

export interface DatabaseSource {
  /** The verifier sees every hash and no body; the auditor sees sealed bodies, too; a tenant's transactions see its own log. */
  readonly database: { transaction<T>(fn: (tx: Statements) => Promise<T>): Promise<T> };
  readonly bodies: boolean;
}

const idRow = z.object({ tenant_id: z.string() }).transform((row) => row.tenant_id);
const groupRow = z.object({
  n: z.coerce.number(),
  last: z.coerce.number(),
  hashes: bytesColumn,
  chain: bytesColumn,
  leaves: bytesColumn,
});

export function databaseSource({ database, bodies }: DatabaseSource): LogSource {
  /** A lost database is something that could not be read; never a verdict on the log. */
  async function read<T>(fn: (tx: Statements) => Promise<Read<T>>): Promise<Read<T>> {
    try {
      return await database.transaction(fn);
    } catch (error) {
      if (error instanceof Fault) return { kind: "unreadable", why: error.message };
      throw error;
    }
  }

  const groups = createBlocks((id, from, to) =>
    read(async (tx) =>
      found(
        await tx.many(
          sql`select l.idx / 256 as n, max(l.idx) as last,
              string_agg(l.leaf_hash, ''::bytea order by l.idx) as hashes,
              string_agg(l.chain, ''::bytea order by l.idx) as chain,
              string_agg(coalesce(substring(int4send(octet_length(e.leaf)) from 3) || e.leaf, '\\x0000'::bytea), ''::bytea order by l.idx) as leaves
            from audit.leaf l left join audit.entry e on e.tenant_id = l.tenant_id and e.entry_id = l.entry_id
            where l.tenant_id = ${id} and l.idx >= ${from} and l.idx < ${to} group by 1`,
          groupRow,
        ),
      ),
    ),
  );
  const sealed = createBlocks((id, from, to) => read(async (tx) => found(await groupBundles(tx, id, from, to))));
  async function group(log: Log & { kind: "tenant" }, n: number): Promise<Read<z.infer<typeof groupRow>>> {
    const block = await groups(log.id, n);
    if (block.kind !== "found") return block;
    const own = block.value.find((each) => each.n === n);
    return own === undefined ? { kind: "absent" } : found(own);
  }

  return {
    tenants: () =>
      read(async (tx) => found(await tx.many(sql`select tenant_id from audit.head order by tenant_id`, idRow))),
    checkpoint: (log) =>
      read(async (tx) => {
        const newest = await readCheckpoint(tx, nameOf(log));
        return newest === null ? { kind: "absent" } : found(newest.note);
      }),
    async tile(log, tile) {
      const kept = await read(async (tx) => {
        const bytes = await readTile(tx, nameOf(log), tile.level, tile.n, tile.width);
        return bytes === null ? { kind: "absent" as const } : found(bytes);
      });
      if (log.kind === "epochs" || tile.level > 0 || kept.kind !== "found") return kept;
      // Level 0 is in the database twice: proofs are made of the tile, the chain of the rows.
      const rows = await group(log, tile.n);
      if (rows.kind !== "found") return rows;
      const same = Buffer.from(kept.value).equals(rows.value.hashes.subarray(0, kept.value.length));
      return same ? kept : broken("the hashes in audit.tile are not those in audit.leaf");
    },
    async entries(log, n, width) {
      if (log.kind === "epochs")
        return read(async (tx) => exactly(await readLeaves(tx, EPOCHS, n * 256, width), width));
      const rows = await group(log, n);
      if (rows.kind !== "found") return rows;
      const leaves = unbundle(rows.value.leaves)?.map((leaf) => (leaf.length === 0 ? null : leaf)) ?? [];
      // A row that is gone leaves no place for a leaf: the tile says so.
      return leaves.length < width ? { kind: "absent" } : found(leaves.slice(0, width));
    },
    async bodies(id, n, width) {
      if (!bodies) return { kind: "absent" };
      // Of a group that is not full, the database may have more by now than the checkpoint covers.
      const block = width === TILE_WIDTH ? await sealed(id, n) : null;
      if (block !== null && block.kind !== "found") return block;
      const group = block?.value.find((each) => each.n === n) ?? null;
      if (block !== null && group === null) return found([]);
      if (group !== null && group.bundle !== null) return partsOf([group.bundle]);
      return read(async (tx) => {
        const bundles: Uint8Array[] = [];
        for (const range of await bodyRanges(tx, id, n, width)) bundles.push(await bodyBundle(tx, id, range));
        return partsOf(bundles);
      });
    },
    keys: async () => ({ kind: "absent" }),
    slots: (id, n, width) => {
      const log = tenantId(id);
      return log === null ? absentNow() : read(async (tx) => found(await readSlots(tx, log, n * 256, n * 256 + width)));
    },
    async chain(id, n, width): Promise<Read<readonly Hash[]>> {
      const rows = await group({ kind: "tenant", id }, n);
      if (rows.kind !== "found") return rows;
      const links = hashesOf(rows.value.chain) ?? [];
      if (links.length >= width) return found(links.slice(0, width));
      // An end that was cut off leaves a chain that holds; a link out of its middle does not.
      const isWhole = rows.value.last === n * 256 + links.length - 1;
      return isWhole ? { kind: "absent" } : broken("links of it are missing");
    },
  };
}

function partsOf(bundles: readonly Uint8Array[]): Read<readonly SealedPart[]> {
  const parts = bundles.map(unbundleParts);
  return parts.includes(null)
    ? broken("a body of it has no form that can be read")
    : found(parts.flatMap((each) => each ?? []));
}

const absentNow = async <T>(): Promise<Read<T>> => ({ kind: "absent" });

const exactly = <T>(items: readonly T[], width: number): Read<readonly T[]> =>
  items.length === width ? found(items) : broken(`there are ${items.length} rows instead of ${width}`);

function nameOf(log: Log): LogName {
  if (log.kind === "epochs") return EPOCHS;
  const id = tenantId(log.id);
  if (id === null) throw new Fault("input_invalid", `${log.id} is no log's id.`);
  return logOf(id);
}
