// The second half: what the provider said is in the row and in the log, with what follows from it for the ticket or the approval.

import type { TenantTx } from "#platform/postgres";
import { nextOf } from "../decide.ts";
import type { Sent } from "../types.ts";
import type { Claimed } from "./claim.ts";
import type { NotifyDeps } from "./deps.ts";
import { aboutEntry } from "./entries.ts";
import { databaseNow, endNotice, openNotice, putOff } from "./rows.ts";
import { openContent } from "./sealed.ts";

/** INVARIANT: idempotent. Two who both learned that it was delivered write one receipt. */
export async function end(
  deps: NotifyDeps,
  tx: TenantTx,
  { key, hold }: Pick<Claimed, "key" | "hold">,
  sent: Sent,
): Promise<void> {
  const row = await openNotice(tx, key);
  if (row === null) return;
  const now = await databaseNow(tx);
  const next = nextOf(sent, { tries: row.tries, firstTriedAt: row.firstTriedAt ?? now, now });
  // INVARIANT: that a provider has it is true whoever learned it; that it could not be sent is said by whoever has it.
  if (next.kind !== "delivered" && row.hold !== hold) return;
  if (next.kind === "again") {
    await putOff(tx, key, next);
    return;
  }
  const at = await endNotice(tx, key, next.kind);
  const content = await openContent(deps.keys, tx, key, row.sealed);
  if (content === null) return;
  const outcome = next.kind === "delivered" ? "success" : sent.kind === "refused" ? "failure" : "unknown";
  if (row.intent !== null)
    await deps.append(tx, {
      ...aboutEntry(tx, key, content.about),
      outcome,
      intent: row.intent,
      body: next.kind === "delivered" ? { v: 1, key, receipt: next.receipt } : { v: 1, key, why: next.why },
    });
  await (next.kind === "delivered"
    ? deps.onDelivered(tx, content.about, at, next.receipt)
    : deps.onLost(tx, content.about, next.why, {
        key,
        channel: content.to.kind,
        receiver: content.to.kind === "webhook" ? content.to.webhook : null,
      }));
}
