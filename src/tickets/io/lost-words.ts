// What was said on a ticket's account and reached nobody. Its owner hears of it once, wherever owners are told.

import { createHash } from "node:crypto";
import type { TicketId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { notHeard, receiverLost } from "../letters.ts";
import type { Desk } from "./desk.ts";
import { oneRow } from "./rows.ts";
import { isOwners, nameOf, tellOwner } from "./say.ts";
import { openTitle } from "./sealed.ts";
import type { LostNotice, TicketsDeps } from "./types.ts";

interface Given {
  readonly ticket: TicketId;
  readonly why: string;
  readonly of: LostNotice;
}

export async function tellLost(deps: TicketsDeps, tx: TenantTx, desk: Desk, { ticket, why, of }: Given): Promise<void> {
  // INVARIANT: what did not reach the owner is not told to the owner in the same way: it would go round and round.
  const row = isOwners(of.key) ? null : await oneRow(tx, ticket);
  if (row === null) return;
  if (of.receiver !== null) {
    // Once, ever: it is another receiver when it is set up anew.
    const message = receiverLost(of.receiver, why);
    return tellOwner(deps, tx, row, desk, { key: `receiver/${of.receiver}/lost`, message, notice: null });
  }
  const title = await openTitle(deps.keys, tx, row.ticket, row.title);
  const message = notHeard({ name: nameOf(await deps.prefix(tx), row.number), title }, of.channel, why);
  const which = createHash("sha256").update(of.key).digest("hex").slice(0, 16);
  await tellOwner(deps, tx, row, desk, { key: `ticket/${ticket}/lost/${which}`, message, notice: null });
}
