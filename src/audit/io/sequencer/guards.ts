import sql from "sql-template-tag";
import { z } from "zod";
import { DatabaseFault, type RoleDatabase } from "#platform/postgres";

export interface Guards {
  /** What the catalog's guards are, and should be: hexadecimal SHA-256, "" where none was recorded. */
  readonly fingerprint: string;
  readonly expected: string;
  /** Ids of the uses of break-glass since the epoch before. */
  readonly broken: readonly string[];
}

const recordedRow = z.object({ expected: z.string(), broken: z.array(z.string()) });
const fingerprintRow = z.object({ fingerprint: z.string() });

/** What no expected fingerprint ever equals: an epoch says that the guards could not be read, and is not held up by it. */
const UNREADABLE = "unreadable";

/** For the leaf of `epoch`: a use counts for the first epoch that can see it, however long its transaction was open. */
export async function guardsNow(database: RoleDatabase<"sequencer">, epoch: number): Promise<Guards> {
  const recorded = await database.transaction((tx) =>
    tx.one(
      sql`select coalesce((select e.fingerprint from audit.expected_fingerprint e order by e.expected_id desc limit 1), '') as expected,
        array(select g.break_glass_id::text from audit.break_glass g
          where not exists (select from audit.epoch e where e.epoch = ${epoch - 1} and pg_visible_in_snapshot(g.xid, e.seen))
          order by g.break_glass_id) as broken`,
      recordedRow,
    ),
  );
  const fingerprint = await database
    .transaction((tx) => tx.one(sql`select audit.catalog_fingerprint() as fingerprint`, fingerprintRow))
    .catch((error: unknown) => {
      if (error instanceof DatabaseFault && error.code === "database_refused") return { fingerprint: UNREADABLE };
      throw error;
    });
  return { ...recorded, ...fingerprint };
}
