// Entries to places: which index, chain, tiles and head follow from what waits and from where each log stands.

import { Fault, type EntryId, type TenantId } from "#kernel";
import type { Hash, Sha256 } from "#verifier";
import { grow, type Growth, type Tree } from "./tree.ts";

/** A durable entry without a place in its log. */
export interface Waiting {
  readonly tenantId: TenantId;
  readonly entryId: EntryId;
  readonly leafHash: Hash;
}

/** Where a log stands; `isNew`: it has no head yet. */
export interface KnownTree {
  readonly tree: Tree;
  readonly isNew: boolean;
}

export interface Grown {
  readonly tenantId: TenantId;
  readonly isNew: boolean;
  readonly entries: readonly EntryId[];
  readonly leaves: readonly Hash[];
  readonly growth: Growth;
}

/** Each log's entries after its head, in the order in which they wait. */
export function sequence(
  sha256: Sha256,
  trees: ReadonlyMap<TenantId, KnownTree>,
  waiting: readonly Waiting[],
): readonly Grown[] {
  return [...Map.groupBy(waiting, (entry) => entry.tenantId)].map(([tenantId, found]) => {
    const known = trees.get(tenantId);
    if (known === undefined) throw new Fault("invariant_broken", `The tree of ${tenantId} was not read.`);
    const leaves = found.map((entry) => entry.leafHash);
    const growth = grow(sha256, known.tree, leaves);
    return { tenantId, isNew: known.isNew, entries: found.map((entry) => entry.entryId), leaves, growth };
  });
}
