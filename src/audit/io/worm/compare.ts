// The copy in WORM storage held against the database, tile by tile: what was written once must still be what the log says.

import sql from "sql-template-tag";
import { z } from "zod";
import { tenantId, type TenantId } from "#kernel";
import { tenantIdColumn, type RoleDatabase, type RoleTx } from "#platform/postgres";
import {
  concat,
  equal,
  parseCheckpoint,
  parseNote,
  tenantLog,
  tileFile,
  tilesOf,
  tileWidth,
  TILE_WIDTH,
  type Log,
  type LogSource,
  type Tile,
} from "#verifier";

export interface WormDifference {
  /** A file of the copy. */
  readonly path: string;
  readonly what: "missing" | "differs" | "unreadable";
}

export interface Compared {
  readonly logs: number;
  readonly tiles: number;
  readonly differences: readonly WormDifference[];
  /** Logs of which the copy has more than the database: the database lost something. */
  readonly ahead: readonly { readonly log: TenantId; readonly copied: number; readonly here: number }[];
}

/** As far as the copy goes: what was sequenced since it was made is no difference. Signatures are the verifier's business. */
export async function compareWorm(verifier: RoleDatabase<"verifier">, worm: LogSource): Promise<Compared> {
  const heads = await verifier.transaction(headsOf);
  const differences: WormDifference[] = [];
  const ahead: Compared["ahead"][number][] = [];
  let tiles = 0;
  for (const { log, size: here } of heads) {
    const copied = await copiedSize(worm, tenantLog(log));
    if (copied === null) {
      differences.push({ path: `t/${log}/checkpoint`, what: "missing" });
      continue;
    }
    if (copied > here) ahead.push({ log, copied, here });
    for (const tile of tilesOf(copied)) {
      const reach = Math.min(tile.width, tileWidth(tile.level, tile.n, here));
      if (reach === 0) continue;
      tiles += 1;
      const difference = await compareTile(verifier, worm, { log, tile, reach });
      if (difference !== null) differences.push(difference);
    }
  }
  const lost = await lostLogs(worm, new Set(heads.map(({ log }) => log)));
  return { logs: heads.length + lost.length, tiles, differences, ahead: [...ahead, ...lost] };
}

/** Logs that only the copy has. A head is never deleted, not by erasure either: its log began here, or the copy is of another database. */
async function lostLogs(worm: LogSource, here: ReadonlySet<TenantId>): Promise<Compared["ahead"]> {
  const copies = await worm.tenants();
  const lost: Compared["ahead"][number][] = [];
  for (const text of copies.kind === "found" ? copies.value : []) {
    const log = tenantId(text);
    const copied = log === null || here.has(log) ? null : await copiedSize(worm, tenantLog(log));
    if (log !== null && copied !== null && copied > 0) lost.push({ log, copied, here: 0 });
  }
  return lost;
}

/** The size that the copy's newest checkpoint names; null where there is none that can be read. */
export async function copiedSize(worm: LogSource, log: Log): Promise<number | null> {
  const read = await worm.checkpoint(log);
  const note = read.kind === "found" ? parseNote(read.value) : null;
  const checkpoint = note?.kind === "note" ? parseCheckpoint(note.body) : null;
  return checkpoint?.kind === "checkpoint" ? checkpoint.size : null;
}

/** `tile` as the copy has it; only its first `reach` hashes are compared. */
export async function compareTile(
  verifier: RoleDatabase<"verifier">,
  worm: LogSource,
  { log, tile, reach }: { readonly log: TenantId; readonly tile: Tile; readonly reach: number },
): Promise<WormDifference | null> {
  const path = tileFile(tenantLog(log), tile);
  const here = await verifier.transaction((tx) => tileHere(tx, log, { ...tile, width: reach }));
  // Above the leaves, a tile that is not full yet follows from those below it, which were compared.
  if (here === null) return null;
  const copy = await worm.tile(tenantLog(log), tile);
  if (copy.kind === "found") return equal(copy.value.subarray(0, here.length), here) ? null : { path, what: "differs" };
  return { path, what: copy.kind === "absent" ? "missing" : copy.kind === "broken" ? "differs" : "unreadable" };
}

const bytes = z.object({ hashes: z.instanceof(Uint8Array) });

async function tileHere(tx: RoleTx<"verifier">, log: TenantId, { level, n, width }: Tile): Promise<Uint8Array | null> {
  if (level > 0)
    return (
      (
        await tx.maybe(
          sql`select hashes from audit.tile where tenant_id = ${log} and lvl = ${level} and n = ${n}`,
          bytes,
        )
      )?.hashes ?? null
    );
  const from = n * TILE_WIDTH;
  const rows = await tx.many(
    sql`select leaf_hash as hashes from audit.leaf where tenant_id = ${log} and idx >= ${from} and idx < ${from + width} order by idx`,
    bytes,
  );
  return concat(...rows.map((row) => row.hashes));
}

const headsOf = (tx: RoleTx<"verifier">): Promise<readonly { readonly log: TenantId; readonly size: number }[]> =>
  tx.many(
    sql`select tenant_id, size from audit.head where size > 0 order by tenant_id`,
    z.object({ tenant_id: tenantIdColumn, size: z.int() }).transform((row) => ({ log: row.tenant_id, size: row.size })),
  );
