// One event to one receiver, now, and what it said: for whoever sets it up.

import { randomUUID } from "node:crypto";
import type { Append } from "#audit/io";
import { iso, instantOfMillis } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { PAYLOAD_VERSION } from "../../events.ts";
import { limits } from "../../limits.ts";
import { webhookId } from "../../marks.ts";
import { signed } from "./carrier.ts";
import { post, type Posted } from "./post.ts";
import type { By, Webhooks } from "./store.ts";

export interface TryParts {
  readonly webhooks: Pick<Webhooks, "read">;
  readonly append: Append;
  readonly inTenant: <T>(fn: (tx: TenantTx) => Promise<T>) => Promise<T>;
  readonly loopback: boolean;
}

/** null: there is no such receiver, or it is disabled. */
export async function tryReceiver(parts: TryParts, id: string, by: By): Promise<Posted | null> {
  const entry = (tx: TenantTx) => ({
    kind: "notice.send" as const,
    observer: { type: "app", id: "countersign" } as const,
    target: { type: "tenant", id: tx.tenantId } as const,
    ...by,
  });
  const begun = await parts.inTenant(async (tx) => {
    const receiver = await parts.webhooks.read(tx, id);
    if (receiver === null || receiver.disabled !== null) return null;
    const intent = await parts.append(tx, {
      ...entry(tx),
      outcome: "intent",
      body: { v: 1, webhook: id, event: "webhook.test" },
    });
    return { receiver, intent };
  });
  if (begun === null) return null;
  const { receiver, intent } = begun;
  const now = new Date();
  const timestamp = iso(instantOfMillis(now.getTime()));
  const body = JSON.stringify({ type: "webhook.test", timestamp, version: PAYLOAD_VERSION, data: {} });
  const posted = await post({
    url: receiver.url,
    headers: signed(receiver.secrets, webhookId(randomUUID()), now, body),
    body,
    loopback: parts.loopback,
    signal: AbortSignal.timeout(limits.sendMs),
  });
  const taken = posted.kind === "answered" && posted.status >= 200 && posted.status < 300;
  await parts.inTenant((tx) =>
    parts.append(tx, { ...entry(tx), outcome: taken ? "success" : "failure", intent, body: { v: 1, ...posted } }),
  );
  return posted;
}
