// One batch: places for entries, and everything that follows from them, in one transaction behind the fence.

import sql from "sql-template-tag";
import { randomBytes } from "node:crypto";
import { Fault, type TenantId } from "#kernel";
import type { Grown } from "../../sequence.ts";
import { rootOfTree } from "../../tree.ts";
import { buffer, buffers, sideBySide } from "../columns.ts";
import { sha256 } from "../sha256.ts";
import type { SequencerTx } from "./place.ts";

/** Writes what was planned. The primary key (tenant, index) and the unique entry are the last line against a second sequencer. */
export async function write(tx: SequencerTx, incarnation: number, grown: readonly Grown[]): Promise<void> {
  const rows = grown.flatMap(({ tenantId, entries, growth }) =>
    entries.map((entryId, i) => ({ tenantId, idx: growth.from + i, entryId })),
  );
  await tx.run(sql`insert into audit.leaf (tenant_id, idx, entry_id, leaf_hash, chain) select * from unnest(
    ${rows.map((row) => row.tenantId)}::uuid[], ${rows.map((row) => row.idx)}::bigint[], ${rows.map((row) => row.entryId)}::uuid[],
    ${buffers(grown.flatMap(({ leaves }) => leaves))}::bytea[], ${buffers(grown.flatMap(({ growth }) => growth.chains))}::bytea[])`);
  await writeTiles(tx, grown);
  await moveHeads(tx, incarnation, grown);
}

async function writeTiles(tx: SequencerTx, grown: readonly Grown[]): Promise<void> {
  const full = grown.flatMap(({ tenantId, growth }) => growth.fullTiles.map((tile) => ({ tenantId, ...tile })));
  if (full.length === 0) return;
  await tx.run(sql`insert into audit.tile (tenant_id, lvl, n, hashes) select * from unnest(
    ${full.map((tile) => tile.tenantId)}::uuid[], ${full.map((tile) => tile.level)}::smallint[], ${full.map((tile) => tile.n)}::bigint[],
    ${full.map((tile) => sideBySide(tile.hashes))}::bytea[])`);
  const running = grown.flatMap(({ tenantId, growth }) => growth.runningTiles.map((tile) => ({ tenantId, ...tile })));
  await tx.run(sql`insert into audit.partial_tile (tenant_id, lvl, n, hashes) select * from unnest(
    ${running.map((tile) => tile.tenantId)}::uuid[], ${running.map((tile) => tile.level)}::smallint[], ${running.map((tile) => tile.n)}::bigint[],
    ${running.map((tile) => sideBySide(tile.hashes))}::bytea[])
    on conflict (tenant_id, lvl) do update set n = excluded.n, hashes = excluded.hashes`);
}

async function moveHeads(tx: SequencerTx, incarnation: number, grown: readonly Grown[]): Promise<void> {
  const made = grown.filter(({ isNew }) => isNew);
  if (made.length > 0)
    await makeHeads(
      tx,
      made.map(({ tenantId }) => tenantId),
    );
  const root = grown.map(({ growth }) => buffer(rootOfTree(sha256, growth.tree)));
  const moved =
    await tx.run(sql`update audit.head h set size = m.size, root = m.root, chain = m.chain, incarnation = ${incarnation}, updated_at = clock_timestamp()
    from unnest(${grown.map(({ tenantId }) => tenantId)}::uuid[], ${grown.map(({ growth }) => growth.from)}::bigint[], ${grown.map(({ growth }) => growth.tree.size)}::bigint[],
      ${root}::bytea[], ${buffers(grown.map(({ growth }) => growth.tree.chain))}::bytea[]) as m(tenant_id, before, size, root, chain)
    where h.tenant_id = m.tenant_id and h.size = m.before`);
  if (moved !== grown.length)
    throw new Fault("invariant_broken", "A head is not where this sequencer left it: somebody else moved it.");
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
