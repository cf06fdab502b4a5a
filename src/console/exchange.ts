// What every route of a client's programs does: reads a body, and says in the log what it showed.

import type { Append, ShownTo } from "#audit/io";
import { readCapped } from "#platform/http";
import type { TenantTx } from "#platform/postgres";
import type { ConsoleContext } from "./bearer.ts";

/** null: it is too long, or no JSON. */
export async function bodyOf(c: ConsoleContext, most: number): Promise<unknown> {
  const raw = await readCapped(c.req.raw, most);
  try {
    return raw === null ? null : JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
  } catch {
    return null;
  }
}

/** INVARIANT: what is shown of a client is on record in its log, in the transaction that read it. */
export const onRecord = (append: Append, tx: TenantTx, to: ShownTo, what: string, count: number): Promise<unknown> =>
  append(tx, {
    kind: "audit.read",
    outcome: "success",
    observer: { type: "app", id: "countersign" },
    initiator: to.initiator,
    target: { type: "tenant", id: tx.tenantId },
    requestId: to.requestId,
    body: { what, count },
  });
