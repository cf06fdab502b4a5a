// Whether all of a month lies in WORM storage: every tile, every leaf, and every part of a body that a leaf commits to.

import sql from "sql-template-tag";
import { z } from "zod";
import type { TenantId } from "#kernel";
import { tenantIdColumn, type RoleDatabase } from "#platform/postgres";
import {
  concat,
  equal,
  entriesFile,
  besideFile,
  groupWidth,
  hex,
  leafHash,
  readEntryLeaf,
  tenantLog,
  tileFile,
  tileWidth,
  TILE_WIDTH,
  type Hash,
  type LogSource,
  type SealedPart,
} from "#verifier";
import type { LogMonth } from "../../retention.ts";
import { sha256 } from "../sha256.ts";
import { compareTile, copiedSize } from "./compare.ts";

export interface MonthInWorm {
  /** Entries that were looked for. */
  readonly entries: number;
  /** The logs that they are in. */
  readonly logs: readonly TenantId[];
  /** What is missing or differs, one sentence each; empty: the copy is whole. */
  readonly problems: readonly string[];
  /** SHA-256 over the paths and digests of what was compared. Lower-case hexadecimal. */
  readonly digest: string;
}

interface Place {
  readonly log: TenantId;
  readonly index: number;
  readonly leaf: Hash;
}

const placeRow = z
  .object({ tenant_id: tenantIdColumn, idx: z.int(), leaf_hash: z.instanceof(Uint8Array) })
  .transform((row): Place => ({ log: row.tenant_id, index: row.idx, leaf: row.leaf_hash }));

/** More are counted, not named. */
const PROBLEMS = 50;

export async function monthInWorm(
  verifier: RoleDatabase<"verifier">,
  worm: LogSource,
  month: LogMonth,
): Promise<MonthInWorm> {
  const first = `${month}-01`;
  const places = await verifier.transaction((tx) =>
    tx.many(
      sql`select l.tenant_id, l.idx, l.leaf_hash from audit.entry e join audit.leaf l using (tenant_id, entry_id)
        where e.entry_id >= audit.uuid_floor(${first}::timestamp at time zone 'UTC')
          and e.entry_id < audit.uuid_floor((${first}::date + interval '1 month')::timestamp at time zone 'UTC')
        order by l.tenant_id, l.idx`,
      placeRow,
    ),
  );
  const problems: string[] = [];
  const compared: string[] = [];
  const logs = [...new Set(places.map((place) => place.log))];
  for (const log of logs) {
    const own = places.filter((place) => place.log === log);
    const copied = await copiedSize(worm, tenantLog(log));
    const wanted = (own.at(-1)?.index ?? 0) + 1;
    if (copied === null || copied < wanted) {
      const there = copied === null ? "has no checkpoint of it" : `ends at entry ${copied}`;
      problems.push(`t/${log}: the copy ${there}; the month needs ${wanted}`);
      continue;
    }
    for (const n of new Set(own.map(({ index }) => Math.floor(index / TILE_WIDTH)))) {
      const group = own.filter(({ index }) => Math.floor(index / TILE_WIDTH) === n);
      problems.push(...(await groupProblems(verifier, worm, { log, n, copied, group })));
      const lines = group.map(({ index, leaf }) => `${log} ${index} ${hex(leaf)}\n`);
      compared.push(...lines);
    }
  }
  return {
    entries: places.length,
    logs,
    problems:
      problems.length <= PROBLEMS
        ? problems
        : [...problems.slice(0, PROBLEMS), `and ${problems.length - PROBLEMS} more`],
    digest: hex(sha256(new TextEncoder().encode(compared.join("")))),
  };
}

interface Group {
  readonly log: TenantId;
  readonly n: number;
  readonly copied: number;
  readonly group: readonly Place[];
}

async function groupProblems(
  verifier: RoleDatabase<"verifier">,
  worm: LogSource,
  { log, n, copied, group }: Group,
): Promise<readonly string[]> {
  const width = groupWidth(n, copied);
  const tile = { level: 0, n, width: tileWidth(0, n, copied) };
  // INVARIANT: the tile is compared where it reaches no further than the month does; the database may have less than the copy.
  const reach = Math.min(tile.width, (group.at(-1)?.index ?? 0) - n * TILE_WIDTH + 1);
  const differs = await compareTile(verifier, worm, { log, tile, reach });
  const entries = await worm.entries(tenantLog(log), n, width);
  const bodies = await worm.bodies(log, n, width);
  const bundle = entriesFile(tenantLog(log), n, width);
  if (entries.kind !== "found") return [`${bundle} is ${entries.kind}`];
  const sealed = bodies.kind === "found" ? bodies.value : [];
  const problems = differs === null ? [] : [`${tileFile(tenantLog(log), tile)} ${differs.what}`];
  for (const { index, leaf } of group) {
    const bytes = entries.value[index - n * TILE_WIDTH] ?? null;
    if (bytes === null || !equal(leafHash(sha256, bytes), leaf)) {
      problems.push(`${bundle}: entry ${index} ${bytes === null ? "missing" : "differs"}`);
      continue;
    }
    if (!bodiesWhole(bytes, sealed))
      problems.push(`${besideFile(log, "bodies", n, width)}: the body of entry ${index} missing or differs`);
  }
  return problems;
}

function bodiesWhole(leaf: Uint8Array, sealed: readonly SealedPart[]): boolean {
  const entry = readEntryLeaf(leaf);
  return (
    entry !== null &&
    entry.body.every(({ h }, part) =>
      sealed.some(
        (each) => each.id === entry.id && each.part === part && hex(sha256(concat(each.nonce, each.ct))) === h,
      ),
    )
  );
}
