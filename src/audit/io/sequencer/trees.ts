// The trees that the sequencer carries on, kept between batches: nobody else may move a head.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, type TenantId } from "#kernel";
import { tenantIdColumn, type Statements } from "#platform/postgres";
import { equal, hashesOf, TILE_WIDTH, type Hash } from "#verifier";
import { EPOCHS, logOf, type LogName } from "../../proof.ts";
import type { KnownTree } from "../../sequence.ts";
import { EMPTY_TREE, rootOfTree, rowWidths, treeFrom, type Tree } from "../../tree.ts";
import { bytesColumn } from "../columns.ts";
import { sha256 } from "../sha256.ts";
import { readTile } from "../tiles.ts";

const headRow = z
  .object({ tenant_id: tenantIdColumn, size: z.int(), root: bytesColumn, chain: bytesColumn })
  .transform(({ tenant_id, ...head }) => ({ tenantId: tenant_id, ...head }));
const epochsRow = z.object({ size: z.int(), root: bytesColumn.nullable() });

interface Head {
  readonly size: number;
  readonly root: Hash;
  readonly chain: Hash;
}

/** The trees of these tenants, from memory or from the database. */
export async function treesOf(
  tx: Statements,
  known: Map<TenantId, KnownTree>,
  tenants: readonly TenantId[],
): Promise<ReadonlyMap<TenantId, KnownTree>> {
  const missing = tenants.filter((tenant) => !known.has(tenant));
  if (missing.length > 0) {
    const heads = await tx.many(
      sql`select tenant_id, size, root, chain from audit.head where tenant_id = any(${missing}::uuid[])`,
      headRow,
    );
    for (const tenant of missing) {
      const head = heads.find(({ tenantId }) => tenantId === tenant);
      known.set(
        tenant,
        head === undefined
          ? { tree: EMPTY_TREE, isNew: true }
          : { tree: await treeAt(tx, logOf(tenant), head), isNew: false },
      );
    }
  }
  return known;
}

/** The tree of the epoch log. Its chain is not kept: each epoch's leaf names the one before by its checkpoint. */
export async function epochTree(tx: Statements): Promise<Tree> {
  const { size, root } = await tx.one(
    sql`select coalesce(max(epoch) + 1, 0) as size, (array_agg(root order by epoch desc))[1] as root from audit.epoch where epoch = (select max(epoch) from audit.epoch)`,
    epochsRow,
  );
  return root === null ? EMPTY_TREE : treeAt(tx, EPOCHS, { size, root, chain: EMPTY_TREE.chain });
}

/** INVARIANT: nothing is built on a tree whose leaves do not give the root that its head claims (audit.md, case 50). */
async function treeAt(tx: Statements, log: LogName, head: Head): Promise<Tree> {
  const rows: (readonly Hash[])[] = [];
  for (const [level, width] of rowWidths(head.size).entries()) {
    const n = Math.floor(head.size / TILE_WIDTH ** (level + 1));
    const hashes = width === 0 ? [] : hashesOf((await readTile(tx, log, level, n, width)) ?? new Uint8Array(0));
    rows.push(hashes ?? []);
  }
  const tree = treeFrom(sha256, { size: head.size, chain: head.chain, rows });
  const whole = rows.every((hashes, level) => hashes.length === rowWidths(head.size)[level]);
  if (!whole || !equal(rootOfTree(sha256, tree), head.root)) {
    const which = log.kind === "epochs" ? "epoch log" : `log of ${log.tenantId}`;
    throw new Fault(
      "log_diverged",
      `The ${which} does not have the ${head.size} leaves that its head says: rows are missing or were changed. Nothing is added to it. See docs/runbooks/audit-log.md.`,
    );
  }
  return tree;
}
