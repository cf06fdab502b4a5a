// The first half of a delivery: what is about to be sent is in the log, and in the row, before anybody is called.

import { millis, plus, type EntryId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Content, Parcel } from "../types.ts";
import type { Claimed } from "./claim.ts";
import type { NotifyDeps } from "./deps.ts";
import { aboutEntry, intentEntry } from "./entries.ts";
import {
  databaseNow,
  endNotice,
  holdBoard,
  isBehind,
  openNotice,
  putOff,
  quotaOf,
  tryNow,
  type NoticeRow,
} from "./rows.ts";
import { openContent } from "./sealed.ts";

const BEHIND = millis(1_000);

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
  const { to } = content;
  // INVARIANT: what is written over one comment leaves in order: the last word stays, and there is one comment.
  if (to.kind === "github" && to.board !== null && !(await hasBoard(deps, tx, row, content, to.board))) {
    await putOff(tx, key, { at: plus(await databaseNow(tx), BEHIND), waits: "provider" });
    return null;
  }
  const intent: EntryId = row.intent ?? (await deps.append(tx, intentEntry(tx, key, content)));
  await tryNow(tx, key, intent);
  const { madeAt, firstTriedAt: triedAt } = row;
  return { ...content, tenant: tx.tenantId, key: `${tx.tenantId}/${key}`, madeAt, triedAt };
}

/** INVARIANT: of two who begin at once the newer one goes, and of one that is on its way it waits for the end. */
async function hasBoard(
  deps: NotifyDeps,
  tx: TenantTx,
  row: NoticeRow,
  { about }: Content,
  board: string,
): Promise<boolean> {
  await holdBoard(tx, board);
  return (await deps.stands(tx, about)) && !(await isBehind(tx, row));
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
