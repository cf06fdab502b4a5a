// What an index hides, a count by the table itself still sees: rows behind a broken index or a changed collation are looked for
// both ways, and every log must be without a gap (audit.md, case 50).

import sql, { raw, type Sql } from "sql-template-tag";
import { z } from "zod";
import { tenantIdColumn, type RoleDatabase, type RoleTx } from "#platform/postgres";
import { TILE_WIDTH } from "#verifier";

const TABLES = ["audit.entry", "audit.leaf", "audit.tile"] as const;

const countRow = z.object({ tenant_id: tenantIdColumn, n: z.int() });
type Counts = ReadonlyMap<string, number>;

/** One sentence for each thing that does not add up; empty: all rows are there, and every way of reading them finds them. */
export async function checkContiguity(verifier: RoleDatabase<"verifier">): Promise<readonly string[]> {
  return verifier.transaction(async (tx) => {
    const problems: string[] = [];
    for (const table of TABLES) {
      const scanned = await counted(tx, table, "scan");
      const indexed = await counted(tx, table, "index");
      for (const [log, n] of scanned)
        // Counted second: what was written meanwhile makes it more, never less.
        if ((indexed.get(log) ?? 0) < n)
          problems.push(
            `${table} of ${log}: the table has ${n} rows, its index finds ${indexed.get(log) ?? 0}. REINDEX it.`,
          );
    }
    await settings(tx, "default");
    return [...problems, ...(await tx.many(GAPS, z.object({ what: z.string() }))).map(({ what }) => what)];
  });
}

async function counted(tx: RoleTx<"verifier">, table: (typeof TABLES)[number], how: "scan" | "index"): Promise<Counts> {
  await settings(tx, how);
  // By the key's order, which is what a sequential scan is sorted into and an index gives by itself.
  const rows = await tx.many(
    sql`select tenant_id, count(*) as n from (select tenant_id from ${raw(table)} order by tenant_id) t group by tenant_id`,
    countRow,
  );
  return new Map(rows.map((row) => [row.tenant_id, row.n]));
}

const settings = (tx: RoleTx<"verifier">, how: "scan" | "index" | "default"): Promise<number> => {
  const seq = how === "index" ? "off" : "on";
  const index = how === "scan" ? "off" : "on";
  return tx.run(sql`select set_config('enable_seqscan', ${seq}, true), set_config('enable_sort', ${seq}, true),
    set_config('enable_indexscan', ${index}, true), set_config('enable_indexonlyscan', ${index}, true), set_config('enable_bitmapscan', 'off', true)`);
};

const GAPS: Sql = sql`
  with leaf as (select tenant_id, count(*) as n, max(idx) + 1 as reach from audit.leaf group by tenant_id),
    tile as (select tenant_id, count(*) as n from audit.tile where lvl = 0 group by tenant_id)
  select format('t/%s: %s leaves reach to index %s', l.tenant_id, l.n, l.reach - 1) as what from leaf l where l.n <> l.reach
  union all
  select format('t/%s: its head says %s leaves, it has %s', h.tenant_id, h.size, coalesce(l.n, 0)) from audit.head h left join leaf l using (tenant_id)
    where h.size <> coalesce(l.n, 0)
  union all
  select format('t/%s: %s full tiles instead of %s', l.tenant_id, coalesce(t.n, 0), l.n / ${TILE_WIDTH}::int) from leaf l left join tile t using (tenant_id)
    where coalesce(t.n, 0) <> l.n / ${TILE_WIDTH}::int
  union all
  select format('t/%s: entry %s has a place and another hash', e.tenant_id, e.entry_id) from audit.entry e join audit.leaf l using (tenant_id, entry_id)
    where e.leaf_hash <> l.leaf_hash
  union all
  select format('t/%s: %s entries were written more than a quarter of an hour ago and have no place in the log: look at the sequencer first', e.tenant_id, count(*))
    from audit.entry e left join audit.leaf l using (tenant_id, entry_id)
    where l.entry_id is null and e.ts < now() - interval '15 minutes' group by e.tenant_id
  limit 100`;
