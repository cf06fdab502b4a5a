// What providers took, and what none did.

import sql from "sql-template-tag";
import type { Instant } from "#kernel";
import { instantOfMillis } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { notDelivered } from "../letters.ts";
import type { OfTickets } from "../outgoing.ts";
import { closeAt } from "../stages.ts";
import { isWanted } from "./compose.ts";
import { readDesk } from "./desk.ts";
import { noteDelivered, noteLost, noticesUnder, type Notice } from "./notices.ts";
import { asDate, locked, oneRow } from "./rows.ts";
import { nameOf, tellOwner } from "./say.ts";
import { openTitle } from "./sealed.ts";
import { tellLost } from "./lost-words.ts";
import type { LostNotice, TicketsDeps } from "./types.ts";
import { isNewest } from "./show-links.ts";
import { pageInstead } from "./unwarned.ts";

type Which = Omit<Notice, "turn">;

/** Empty: it is what somebody said, and no notice of the timer's. */
async function noticesAbout(tx: TenantTx, about: OfTickets): Promise<readonly Which[]> {
  if (about.kind === "digest") return noticesUnder(tx, about.key);
  return about.kind === "pull" || about.notice === null
    ? []
    : [{ ticket: about.ticket, epoch: about.epoch, kind: about.notice }];
}

export async function wanted(tx: TenantTx, about: OfTickets): Promise<boolean> {
  if (about.kind === "pull") return isNewest(tx, about);
  const all = await noticesAbout(tx, about);
  if (all.length === 0) return about.kind === "ticket";
  for (const each of all) {
    const row = await oneRow(tx, each.ticket);
    if (row !== null && isWanted(row, each)) return true;
  }
  return false;
}

/** INVARIANT (S1): closing is due from here on, and from nowhere else; by the database's clock, or a later one. */
export async function delivered(tx: TenantTx, about: OfTickets, at: Instant): Promise<void> {
  for (const each of await noticesAbout(tx, about)) {
    const row = await locked(tx, each.ticket);
    if (row === null || (await noteDelivered(tx, each, at)) === 0) continue;
    const { wait } = row;
    if (wait === null || row.epoch !== each.epoch || row.state !== "waiting_client") continue;
    const when = instantOfMillis(Math.max(row.now, at));
    if (each.kind === "nudge_24h")
      await tx.run(sql`update tickets.ticket set nudged_at = ${asDate(when)}
        where tenant_id = ${tx.tenantId} and ticket_id = ${row.ticket}`);
    // Also where it was given up before, and its owner was paged meanwhile.
    if (each.kind === "nudge_72h" && (row.action === "close" || row.action === "page"))
      await tx.run(sql`update tickets.ticket set warned_at = ${asDate(when)}, next_action = 'close', next_due_at = ${asDate(closeAt(wait, when))}
        where tenant_id = ${tx.tenantId} and ticket_id = ${row.ticket}`);
  }
}

export async function lost(
  deps: TicketsDeps,
  tx: TenantTx,
  about: OfTickets,
  why: string,
  of: LostNotice,
): Promise<void> {
  const desk = await readDesk(deps.keys, tx);
  if (desk === null) return;
  if (about.kind === "ticket" && (about.notice === null || of.receiver !== null))
    return tellLost(deps, tx, desk, { ticket: about.ticket, why, of });
  for (const each of await noticesAbout(tx, about)) {
    const row = await locked(tx, each.ticket);
    // One of several places has it, or it was told before.
    if (row === null || each.kind === "page" || (await noteLost(tx, each)) === 0) continue;
    if (each.kind === "nudge_72h" && row.epoch === each.epoch) await pageInstead(tx, row);
    const title = await openTitle(deps.keys, tx, row.ticket, row.title);
    const message = notDelivered({ name: nameOf(await deps.prefix(tx), row.number), title }, why);
    const key = `ticket/${row.ticket}/${each.epoch}/${each.kind}/lost`;
    await tellOwner(deps, tx, row, desk, { key, message, notice: null });
  }
}
