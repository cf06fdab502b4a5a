// New hours of work for a client whose tickets run. INVARIANT (T19, T21): the old ones stay as they were; each ticket whose deadline moves is
// told of with both, and a breach that was is taken away by nothing but such an entry.

import sql from "sql-template-tag";
import { z } from "zod";
import { iso, millis, type Instant, type Millis } from "#kernel";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { parseCalendar, workAfter, type Calendar } from "../calendar.ts";
import { clocks } from "../clocks.ts";
import { LIMITS } from "../limits.ts";
import { nextAct } from "../next.ts";
import { waitingOn } from "../types.ts";
import { lasting, spell } from "../words.ts";
import { addHours, hoursNow, type Hours } from "./calendars.ts";
import { lockedDesk } from "./desk.ts";
import { deskEntry } from "./entries.ts";
import { eventsOf } from "./events.ts";
import { asDate, rowsWhere, ticketOf, type Row } from "./rows.ts";
import type { Actor, TicketsDeps } from "./types.ts";

export interface NewHours {
  readonly calendar: unknown;
  readonly targetMs: number;
}

export type SetHours =
  | { readonly kind: "set"; readonly version: number; readonly moved: number }
  | { readonly kind: "unchanged"; readonly version: number }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** A minute to a year of work. */
const TARGET = z
  .int()
  .min(60_000)
  .max(366 * 86_400_000);

interface Moved {
  readonly number: number;
  readonly from: string | null;
  readonly to: string | null;
  /** Our own time was over by the old hours, and is not by the new ones; or the other way round. */
  readonly breach: "as before" | "removed" | "added";
}

export async function setHours(deps: TicketsDeps, tx: TenantTx, given: NewHours, by: Actor): Promise<SetHours> {
  const read = parseCalendar(given.calendar);
  const target = TARGET.safeParse(given.targetMs);
  if (read.kind === "refused") return read;
  if (!target.success)
    return { kind: "refused", problems: ["The target is a time of work between a minute and a year, as 8h is."] };
  await lockedDesk(deps, tx);
  const { now } = await tx.one(sql`select now() as now`, z.object({ now: instantColumn }));
  const unreached = neverPaged(read.calendar, millis(target.data), now);
  if (unreached !== null) return { kind: "refused", problems: [unreached] };
  const before = await hoursNow(tx);
  const same = JSON.stringify(before.calendar) === JSON.stringify(read.calendar) && before.target === target.data;
  if (same) return { kind: "unchanged", version: before.version };
  const version = await addHours(tx, read.calendar, millis(target.data));
  const after: Hours = { ...before, version, calendar: read.calendar, target: millis(target.data) };
  const open = await rowsWhere(tx, sql`next_action is not null order by ticket_id for update`);
  const moved: Moved[] = [];
  for (const row of open) {
    const one = await move(tx, row, before, after);
    if (one !== null) moved.push(one);
  }
  const body = {
    version,
    before: before.version,
    calendar: z.json().parse(read.calendar),
    calendarBefore: z.json().parse(before.calendar),
    targetMs: target.data,
    targetBeforeMs: before.target,
    moved: moved.map((each) => ({ ...each })),
  };
  await deps.append(tx, deskEntry(tx.tenantId, { kind: "calendar.set", by, body }));
  return { kind: "set", version, moved: moved.length };
}

/** INVARIANT (S1, T20): every ticket has a clock, and one that strikes in years is none: too few hours, too many holidays, or too long a target. */
function neverPaged(calendar: Calendar, target: Millis, now: Instant): string | null {
  const paged = workAfter(calendar, now, target);
  if (paged !== null && paged <= now + LIMITS.pagedWithin) return null;
  const when =
    paged === null
      ? "never be paged"
      : `first be paged in ${lasting(paged - now)} (${spell(paged, calendar.zone, true)})`;
  return `By these hours the owner of a new ticket would ${when}; ${lasting(LIMITS.pagedWithin)} is the most. Give more hours of work, fewer holidays, or a shorter target.`;
}

/** Waits for the client are elapsed hours: no calendar moves them. */
async function move(tx: TenantTx, row: Row, before: Hours, after: Hours): Promise<Moved | null> {
  const ours = waitingOn(row.state) === "us";
  const events = await eventsOf(tx, row.ticket);
  const facts = { events, openedAt: row.openedAt, pagedAt: row.pagedAt };
  const next = ours && row.frozenAt === null ? nextAct(ticketOf(row), { ...after, ...facts }, row.now) : null;
  const due = next === null ? row.dueAt : next.at;
  await tx.run(sql`update tickets.ticket set calendar = ${after.version}, next_due_at = ${asDate(due)}
    where tenant_id = ${tx.tenantId} and ticket_id = ${row.ticket}`);
  const was = isOver(before, events, row);
  const is = isOver(after, events, row);
  if (due === row.dueAt && was === is) return null;
  return {
    number: row.number,
    from: row.dueAt === null ? null : iso(row.dueAt),
    to: due === null ? null : iso(due),
    breach: was === is ? "as before" : was ? "removed" : "added",
  };
}

const isOver = ({ calendar, target }: Hours, events: Parameters<typeof clocks>[1], { now }: Row): boolean =>
  over(clocks(calendar, events, now).ours, target);
const over = (used: Millis, target: Millis): boolean => used >= target;
