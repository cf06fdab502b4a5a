import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, instantOfMillis, type Instant } from "#kernel";
import { instantColumn, type Database } from "#platform/postgres";

const KEPT_MS = 1_000;
const nowRow = z.object({ ts: instantColumn });

/**
 * What time it is by the database's clock, which alone says when an entry was. Asked for once a second; in between a monotonic clock
 * goes on from there, so that nobody who sets this machine's clock moves an entry.
 */
export function createDatabaseTime(database: Pick<Database, "platformStatement">): () => Promise<Instant> {
  let known: { readonly ts: Instant; readonly at: number } | null = null;
  return async () => {
    const age = known === null ? KEPT_MS : performance.now() - known.at;
    if (known !== null && age < KEPT_MS) return instantOfMillis(known.ts + Math.floor(age));
    const [row] = await database.platformStatement(sql`select clock_timestamp() as ts`, nowRow);
    if (row === undefined) throw new Fault("invariant_broken", "The database did not say what time it is.");
    known = { ts: row.ts, at: performance.now() };
    return row.ts;
  };
}
