// Month partitions, made ahead: an entry of a month that has none goes into the default partition, which is never let go of.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Statements } from "#platform/postgres";

const countRow = z.object({ months: z.int() });

/** How many of the coming months have their partition, up to the first that has none; 12 after `migrate`. */
export const monthsAhead = async (tx: Statements): Promise<number> =>
  (await tx.one(sql`select audit.months_ahead() as months`, countRow)).months;

/** How many were missing of the twelve, and are made now. 0, too, while another server makes them. */
export const makeMonthsAhead = async (tx: Statements): Promise<number> =>
  (await tx.one(sql`select audit.make_months_ahead() as months`, countRow)).months;
