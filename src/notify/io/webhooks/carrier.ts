// Signed messages to a client's own systems: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

import { Webhook } from "standardwebhooks";
import { iso, type TenantId } from "#kernel";
import type { Database } from "#platform/postgres";
import { PAYLOAD_VERSION } from "../../events.ts";
import { webhookId } from "../../marks.ts";
import type { Carrier, Destination, Sent } from "../../types.ts";
import { post, type Post, type Posted } from "./post.ts";
import type { Receiver, Webhooks } from "./store.ts";

type ToWebhook = Extract<Destination, { kind: "webhook" }>;

export interface WebhookPlace {
  readonly database: Pick<Database, "claimFor" | "withTenant">;
  readonly webhooks: Pick<Webhooks, "read" | "disable">;
  readonly loopback: boolean;
  readonly resolve?: NonNullable<Post["resolve"]>;
  readonly clock: () => number;
}

/** `webhook-signature` under each secret that is valid now: a receiver that has not changed its own yet still verifies. */
export function signed(
  secrets: readonly string[],
  id: string,
  at: Date,
  body: string,
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    "user-agent": "countersign",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
  };
}

export function webhookCarrier(place: WebhookPlace): Carrier<ToWebhook> {
  const { database, webhooks, loopback, resolve, clock } = place;
  const inTenant = async <T>(tenant: TenantId, fn: Parameters<typeof database.withTenant<T>>[1]): Promise<T | null> => {
    const claim = await database.claimFor(tenant);
    return claim === null ? null : database.withTenant(claim, fn);
  };
  return async ({ tenant, key, to, madeAt }, signal) => {
    const receiver: Receiver | null = await inTenant(tenant, (tx) => webhooks.read(tx, to.webhook));
    if (receiver === null || receiver.disabled !== null)
      return { kind: "refused", why: "The receiver was removed, or is disabled." };
    // The same bytes each time: only the time of the attempt, and its signature, are new.
    const body = JSON.stringify({ type: to.event, timestamp: iso(madeAt), version: PAYLOAD_VERSION, data: to.data });
    const headers = signed(receiver.secrets, webhookId(key), new Date(clock()), body);
    const posted = await post({
      url: receiver.url,
      headers,
      body,
      loopback,
      signal,
      ...(resolve === undefined ? {} : { resolve }),
    });
    // N4: it says of itself that nobody is there any more, for ever.
    if (posted.kind === "answered" && posted.status === 410)
      await inTenant(tenant, (tx) =>
        webhooks.disable(tx, receiver.id, "gone", { initiator: { type: "job", id: "notify" }, requestId: key }),
      );
    return after(posted);
  };
}

export function after(posted: Posted): Sent {
  if (posted.kind === "refused") return posted;
  if (posted.kind === "unreachable") return { kind: "later", why: posted.why, afterMs: null };
  const { status, retryAfterMs } = posted;
  if (status >= 200 && status < 300) return { kind: "taken", receipt: { status } };
  if (status === 410)
    return { kind: "refused", why: "The receiver said 410 (gone). It is disabled: nothing is sent there any more." };
  const redirects = status >= 300 && status < 400;
  const why = `The receiver answered ${status}${redirects ? ", and redirects are not followed" : ""}.`;
  return { kind: "later", why, afterMs: retryAfterMs };
}
