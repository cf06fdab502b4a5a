// The first half of a delivery: what is about to be sent is in the log, and in the row, before anybody is called.

import type { EntryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Content, Parcel } from "../types.ts";
import type { Claimed } from "./claim.ts";
import type { NotifyDeps } from "./deps.ts";
import { aboutEntry, intentEntry } from "./entries.ts";
import { endNotice, openNotice, putOff, quotaOf, tryNow, type NoticeRow } from "./rows.ts";
import { openContent } from "./sealed.ts";

/** null: there is nothing to send, or not by us. */
export async function begin(
  deps: NotifyDeps,
  tx: TenantTx,
  { key, hold }: Pick<Claimed, "key" | "hold">,
): Promise<Parcel | null> {
  const row = await openNotice(tx, key);
  // INVARIANT: whoever has been too slow, and has lost it to another, sends nothing.
  if (row === null || row.hold !== hold) return null;
  const content = await standing(deps, tx, row);
  if (content === null) return null;
  if (row.tries === 0 && row.ticket !== null) {
    const free = await quotaOf(tx, row.ticket);
    if (free !== null) {
      await putOff(tx, key, { at: free, waits: "quota" });
      return null;
    }
  }
  const intent: EntryId = row.intent ?? (await deps.append(tx, intentEntry(tx, key, content)));
  await tryNow(tx, key, intent);
  const { madeAt, firstTriedAt: triedAt } = row;
  return { ...content, tenant: tx.tenantId, key: `${tx.tenantId}/${key}`, madeAt, triedAt };
}

/** What it says, where it is still to be said. */
async function standing(deps: NotifyDeps, tx: TenantTx, row: NoticeRow): Promise<Content | null> {
  const content = await openContent(deps.keys, tx, row.key, row.sealed);
  if (content !== null && (await deps.stands(tx, content.about))) return content;
  await endNotice(tx, row.key, "dropped");
  if (row.intent !== null && content !== null)
    await deps.append(tx, {
      ...aboutEntry(tx, row.key, content.about),
      outcome: "unknown",
      intent: row.intent,
      body: { why: "What it was about is over. Whether an earlier try arrived was not asked any more." },
    });
  return null;
}
