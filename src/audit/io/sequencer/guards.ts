import sql from "sql-template-tag";
import { z } from "zod";
import type { SequencerTx } from "./place.ts";

interface Guards {
  /** What the catalog's guards are, and should be: hexadecimal SHA-256, "" where none was recorded. */
  readonly fingerprint: string;
  readonly expected: string;
  /** Ids of the uses of break-glass since the epoch before. */
  readonly broken: readonly string[];
}

const guardsRow = z.object({ fingerprint: z.string(), expected: z.string(), broken: z.array(z.string()) });

/** For the leaf of `epoch`: a use counts for the first epoch that can see it, however long its transaction was open. */
export const guardsNow = (tx: SequencerTx, epoch: number): Promise<Guards> =>
  tx.one(
    sql`select audit.catalog_fingerprint() as fingerprint,
      coalesce((select e.fingerprint from audit.expected_fingerprint e order by e.expected_id desc limit 1), '') as expected,
      array(select g.break_glass_id::text from audit.break_glass g
        where not exists (select from audit.epoch e where e.epoch = ${epoch - 1} and pg_visible_in_snapshot(g.xid, e.seen))
        order by g.break_glass_id) as broken`,
    guardsRow,
  );
