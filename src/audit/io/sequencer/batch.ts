// One batch: places for entries, and everything that follows from them, in one transaction behind the fence.

import sql, { type Sql } from "sql-template-tag";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { Fault, type TenantId } from "#kernel";
import type { Grown } from "../../sequence.ts";
import { rootOfTree } from "../../tree.ts";
import { buffer, buffers, sideBySide } from "../columns.ts";
import { sha256 } from "../sha256.ts";
import { demandFence, raising, type SequencerTx, type Standing } from "./place.ts";

const writtenRow = z.object({ raised: z.int(), moved: z.int() });

/**
 * Writes what was planned, in one statement: the fence moves, and everything else only where it did. The primary key (tenant, index)
 * and the unique entry are the last line against a second sequencer. False: the database's clock went back, nothing was written. Throws Fenced.
 */
export async function write(
  tx: SequencerTx,
  { fence, incarnation, place }: Standing,
  grown: readonly Grown[],
): Promise<boolean> {
  const made = grown.flatMap(({ isNew, tenantId }) => (isNew ? [tenantId] : []));
  if (made.length > 0) await makeHeads(tx, made);
  const { raised, moved } = await tx.one(
    sql`with raised as (${raising(fence, place)} returning id),
      leaf as (${leaves(grown)}),
      ${tiles(grown)}
      moved as (${heads(incarnation, grown)} returning h.tenant_id)
      select (select count(*)::int from raised) as raised, (select count(*)::int from moved) as moved`,
    writtenRow,
  );
  if (raised === 0) {
    await demandFence(tx, fence);
    return false;
  }
  if (moved !== grown.length)
    throw new Fault("invariant_broken", "A head is not where this sequencer left it: somebody else moved it.");
  return true;
}

function leaves(grown: readonly Grown[]): Sql {
  const rows = grown.flatMap(({ tenantId, entries, growth }) =>
    entries.map((entryId, i) => ({ tenantId, idx: growth.from + i, entryId })),
  );
  return sql`insert into audit.leaf (tenant_id, idx, entry_id, leaf_hash, chain) select n.* from raised, unnest(
    ${rows.map((row) => row.tenantId)}::uuid[], ${rows.map((row) => row.idx)}::bigint[], ${rows.map((row) => row.entryId)}::uuid[],
    ${buffers(grown.flatMap(({ leaves }) => leaves))}::bytea[], ${buffers(grown.flatMap(({ growth }) => growth.chains))}::bytea[]) n`;
}

/** One batch in 256 of a log fills a tile; the others say nothing about tiles. */
function tiles(grown: readonly Grown[]): Sql {
  const full = grown.flatMap(({ tenantId, growth }) => growth.fullTiles.map((tile) => ({ tenantId, ...tile })));
  if (full.length === 0) return sql``;
  const running = grown.flatMap(({ tenantId, growth }) => growth.runningTiles.map((tile) => ({ tenantId, ...tile })));
  const columns = (of: typeof full): Sql => sql`unnest(
    ${of.map((tile) => tile.tenantId)}::uuid[], ${of.map((tile) => tile.level)}::smallint[], ${of.map((tile) => tile.n)}::bigint[],
    ${of.map((tile) => sideBySide(tile.hashes))}::bytea[]) n`;
  return sql`tile as (insert into audit.tile (tenant_id, lvl, n, hashes) select n.* from raised, ${columns(full)}),
    running as (insert into audit.partial_tile (tenant_id, lvl, n, hashes) select n.* from raised, ${columns(running)}
      on conflict (tenant_id, lvl) do update set n = excluded.n, hashes = excluded.hashes),`;
}

function heads(incarnation: number, grown: readonly Grown[]): Sql {
  const root = grown.map(({ growth }) => buffer(rootOfTree(sha256, growth.tree)));
  return sql`update audit.head h set size = m.size, root = m.root, chain = m.chain, incarnation = ${incarnation}, updated_at = clock_timestamp()
    from raised, unnest(${grown.map(({ tenantId }) => tenantId)}::uuid[], ${grown.map(({ growth }) => growth.from)}::bigint[], ${grown.map(({ growth }) => growth.tree.size)}::bigint[],
      ${root}::bytea[], ${buffers(grown.map(({ growth }) => growth.tree.chain))}::bytea[]) as m(tenant_id, before, size, root, chain)
    where h.tenant_id = m.tenant_id and h.size = m.before`;
}

/** The empty heads of logs that have none yet. */
export async function makeHeads(tx: SequencerTx, tenants: readonly TenantId[]): Promise<void> {
  const root = buffer(sha256(new Uint8Array(0)));
  const made = await tx.run(sql`insert into audit.head (tenant_id, slot, salt, size, root, chain)
    select n.tenant_id, s.slot, n.salt, 0, ${root}, ${Buffer.alloc(32)}
    from unnest(${[...tenants]}::uuid[], ${tenants.map(() => randomBytes(32))}::bytea[]) as n(tenant_id, salt) join audit.slots() s using (tenant_id)`);
  if (made !== tenants.length)
    throw new Fault("invariant_broken", "The log has entries of a tenant that is not in the registry.");
}
