// Hours of work by version. INVARIANT (T21): a version is never changed, and a ticket's deadline moves only with an entry that names both.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault, instantOfMillis, millis, type Instant, type Millis } from "#kernel";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { parseCalendar, type Calendar } from "../calendar.ts";
import { OFFICE_HOURS, TARGET } from "../office.ts";

export interface Hours {
  readonly version: number;
  readonly calendar: Calendar;
  readonly target: Millis;
  readonly since: Instant;
}

const shape = z
  .object({ version: z.int(), hours: z.json(), target_ms: z.int(), since: instantColumn })
  .transform((row): Hours => {
    const read = parseCalendar(row.hours);
    // Written by this program alone, and read before it was: what is not a calendar was altered.
    if (read.kind === "refused") throw new Fault("invariant_broken", "A client's calendar cannot be read.");
    return { version: row.version, calendar: read.calendar, target: millis(row.target_ms), since: row.since };
  });

/** null: this client has none yet. */
export const newestHours = (tx: TenantTx): Promise<Hours | null> =>
  tx.maybe(
    sql`select version, hours, target_ms, since from tickets.calendar where tenant_id = ${tx.tenantId} order by version desc limit 1`,
    shape,
  );

export const hoursOf = (tx: TenantTx, version: number): Promise<Hours> =>
  tx.one(
    sql`select version, hours, target_ms, since from tickets.calendar where tenant_id = ${tx.tenantId} and version = ${version}`,
    shape,
  );

export const hoursNow = async (tx: TenantTx): Promise<Hours> =>
  (await newestHours(tx)) ?? { version: 0, calendar: OFFICE_HOURS, target: TARGET, since: instantOfMillis(0) };

/** Whoever writes one holds the desk. */
export async function addHours(tx: TenantTx, calendar: Calendar, target: Millis): Promise<number> {
  const { version } = await tx.one(
    sql`insert into tickets.calendar (tenant_id, version, hours, target_ms)
      select ${tx.tenantId}, 1 + coalesce(max(version), 0), ${JSON.stringify(calendar)}::jsonb, ${target}
      from tickets.calendar where tenant_id = ${tx.tenantId} returning version`,
    z.object({ version: z.int() }),
  );
  return version;
}
