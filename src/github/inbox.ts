// Where GitHub's deliveries arrive. Nothing is decided here: the signed bytes become a row, an audit entry and a job in one
// transaction, and then GitHub hears 202. What is not stored is answered with an error, so that GitHub's log shows a failed
// delivery and the reconciler has it sent again.

import { createHash } from "node:crypto";
import { Hono, type Context } from "hono";
import { z } from "zod";
import { stopAnyway, type Append, type Spool } from "#audit/io";
import { type AppId, installationId, type InstallationId } from "#kernel";
import { problem, readCapped, WEBHOOK_PATH } from "#platform/http";
import type { Enqueue } from "#platform/jobs";
import { branded, type Database, type TenantClaim } from "#platform/postgres";

import { deliveryJob, insertDelivery, noteInstallation } from "./delivery.ts";
import { LIMITS } from "./limits.ts";
import { demandSecrets, isSigned, looksSigned, type WebhookSecrets } from "./signature.ts";

/** What became of one request: for the log and for counting. Carries no payload. */
export type Arrival =
  | { readonly kind: "stored" | "duplicate"; readonly guid: string; readonly event: string }
  | { readonly kind: "pinged" | "no_tenant"; readonly guid: string; readonly event: string }
  | { readonly kind: "unsigned" | "too_large" | "malformed" }
  | { readonly kind: "not_stored"; readonly guid: string; readonly error: unknown };

export interface InboxParts {
  readonly db: Database;
  readonly enqueue: Enqueue;
  readonly append: Append;
  readonly spool: Spool;
  readonly appId: AppId;
  readonly secrets: WebhookSecrets;
  /** `github.com` or the Enterprise host. */
  readonly host: string;
  readonly onArrival?: (arrival: Arrival) => void;
}

const headers = z.object({
  guid: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  event: z.string().regex(/^[a-z0-9_]{1,64}$/),
});
const envelope = z.looseObject({
  action: z.string().max(64).optional(),
  installation: z.object({ id: branded(z.number(), installationId) }).nullish(),
  repository: z.object({ id: z.number() }).nullish(),
  sender: z.object({ id: z.number(), type: z.string() }).nullish(),
});
type Envelope = z.infer<typeof envelope>;

interface Delivery {
  readonly guid: string;
  readonly event: string;
  readonly body: Uint8Array;
  readonly says: Envelope;
}

export function createInbox(parts: InboxParts): Hono {
  const secrets = demandSecrets(parts.secrets);
  const arrived = parts.onArrival ?? (() => {});
  const app = new Hono();

  app.post(WEBHOOK_PATH, async (c) => {
    const signature = c.req.header("x-hub-signature-256");
    // Before the body: who cannot even name a signature gets no memory of ours.
    if (!looksSigned(signature)) {
      arrived({ kind: "unsigned" });
      return problem(c, {
        status: 401,
        code: "unauthorized",
        title: "No valid signature. Set the same webhook secret here and on the App's settings page.",
      });
    }
    const body = await readCapped(c.req.raw, LIMITS.bodyBytes);
    if (body === null) {
      arrived({ kind: "too_large" });
      return problem(c, {
        status: 413,
        code: "payload_too_large",
        title: "The delivery is larger than GitHub's own limit of 25 MB.",
      });
    }
    if (!isSigned(secrets, signature, body)) {
      arrived({ kind: "unsigned" });
      return problem(c, {
        status: 401,
        code: "unauthorized",
        title: "The signature does not match. Set the same webhook secret here and on the App's settings page.",
      });
    }
    const named = headers.safeParse({ guid: c.req.header("x-github-delivery"), event: c.req.header("x-github-event") });
    const says = parseJson(body);
    if (!named.success || says === null) {
      arrived({ kind: "malformed" });
      return problem(c, {
        status: 400,
        code: "input_invalid",
        title:
          "Not a GitHub delivery: its headers or its JSON cannot be read. Set the webhook's content type to application/json.",
      });
    }
    return answer(c, { ...named.data, body, says });
  });

  const answer = async (c: Context, delivery: Delivery): Promise<Response> => {
    const { guid, event } = delivery;
    if (event === "ping") {
      arrived({ kind: "pinged", guid, event });
      return c.text("pong\n", 200);
    }
    try {
      const kind = await store(parts, delivery);
      arrived({ kind, guid, event });
      return c.text("accepted\n", 202);
    } catch (error) {
      arrived({ kind: "not_stored", guid, error });
      return problem(c, {
        status: 503,
        code: "database_unavailable",
        title: "Not stored: the database did not answer. Deliver it again later.",
      });
    }
  };
  return app;
}

async function store(parts: InboxParts, delivery: Delivery): Promise<"stored" | "duplicate" | "no_tenant"> {
  const installation = delivery.says.installation?.id;
  const claim = installation === undefined ? null : await parts.db.claimForInstallation(installation);
  if (installation !== undefined && claim !== null) return storeFor(parts, delivery, installation, claim);
  // Nobody owns it, or its owner is not active: the two look the same from here, on purpose.
  if (installation !== undefined && /^installation(?:_|$)/.test(delivery.event)) {
    await parts.db.withPlatform((tx) => noteInstallation(tx, installation, parts.host));
  }
  return "no_tenant";
}

function storeFor(
  parts: InboxParts,
  delivery: Delivery,
  installation: InstallationId,
  claim: TenantClaim,
): Promise<"stored" | "duplicate"> {
  // Hearing is no act, and what is heard may be a stop: a hold, a veto, a dismissal. A pass decided on it needs the log itself.
  return stopAnyway(parts, true, (append) =>
    parts.db.withTenant(claim, async (tx) => {
      const state = await insertDelivery(tx, {
        guid: delivery.guid,
        event: delivery.event,
        installation,
        payload: delivery.body,
      });
      if (state === "done") return "duplicate";
      // Also for a repeat of one that waits: its job may have been given up.
      await parts.enqueue(tx, deliveryJob(tx.tenantId, delivery.guid));
      if (state === "waiting") return "duplicate";
      await append(tx, {
        kind: "github.delivery",
        outcome: "success",
        observer: { type: "app", id: String(parts.appId) },
        initiator: initiatorOf(delivery.says),
        target: { type: "delivery", id: delivery.guid },
        requestId: delivery.guid,
        body: {
          event: delivery.event,
          action: delivery.says.action ?? null,
          installation,
          repository: delivery.says.repository?.id ?? null,
          bytes: delivery.body.length,
          sha256: createHash("sha256").update(delivery.body).digest("hex"),
        },
        personal: { subject: subjectOf(delivery.says), data: { payload: Buffer.from(delivery.body).toString("utf8") } },
      });
      return "stored";
    }),
  );
}

function initiatorOf({ sender, installation }: Envelope): { type: "human" | "agent" | "app"; id: string } {
  if (sender === null || sender === undefined) return { type: "app", id: `installation-${installation?.id ?? "none"}` };
  return { type: sender.type === "User" ? "human" : "agent", id: String(sender.id) };
}

/** Whose key the whole payload is sealed under: it names its sender on every page, and is erased with them. */
function subjectOf({ sender, installation }: Envelope): string {
  return sender === null || sender === undefined ? `installation:${installation?.id ?? "none"}` : `github:${sender.id}`;
}

/** Strict: UTF-8 without repair, one JSON object, the few members we read in their right shape. */
function parseJson(body: Uint8Array): Envelope | null {
  try {
    const parsed = envelope.safeParse(
      JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)),
    );
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
