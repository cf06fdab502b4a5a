// Where a client's events are sent, over HTTP, for its programs: what `countersign webhook` does, in the key's name.

import { Hono } from "hono";
import { z } from "zod";
import type { Append, ShownTo } from "#audit/io";
import { Fault, iso, type TenantId } from "#kernel";
import { EVENTS } from "#notify";
import { tryReceiver, type Receiver, type Webhooks } from "#notify/io";
import { createRate, problem, type HttpEnv } from "#platform/http";
import type { Database } from "#platform/postgres";
import { createBearer, nothing, tooMany, type ConsoleContext } from "./bearer.ts";
import { bodyOf, onRecord } from "./exchange.ts";
import { LIMITS } from "./limits.ts";

export interface WebhookRouteParts {
  readonly db: Database;
  readonly append: Append;
  readonly webhooks: Webhooks;
  /** A receiver on this machine: the demo's and tests' alone. */
  readonly loopback: boolean;
  readonly clock: () => number;
}

const CAN = { capability: "webhook.manage", tenant: null } as const;
const FRESH = { "cache-control": "no-store" } as const;

const adding = z.strictObject({
  url: z.string().min(1).max(2_000),
  /** None: every event. */
  events: z.array(z.enum(EVENTS)).max(EVENTS.length).default([]),
});

export function webhookRoutes({ db, append, webhooks, loopback, clock }: WebhookRouteParts): Hono<HttpEnv> {
  const asKey = createBearer({ db, append, clock });
  const tries = createRate(LIMITS.tries, clock);
  const app = new Hono<HttpEnv>();

  app.get("/v1/webhooks", (c) =>
    asKey(c, { ...CAN, route: "webhooks" }, async (tx, to) => {
      const found = await webhooks.list(tx);
      await onRecord(append, tx, to, "webhooks", found.length);
      return c.json({ webhooks: found.map((each) => document(each)) }, 200, FRESH);
    }),
  );

  app.post("/v1/webhooks", async (c) => {
    const body = adding.safeParse(await bodyOf(c, LIMITS.webhookBytes));
    return asKey(c, { ...CAN, route: "webhook added" }, async (tx, by) => {
      if (!body.success)
        return problem(c, {
          status: 400,
          code: "input_invalid",
          title: `The request is not understood: url, and events of ${EVENTS.join(", ")}.`,
        });
      const added = await webhooks.add(tx, { ...body.data, by });
      switch (added.kind) {
        case "added":
          return c.json({ id: added.id, secret: added.secret }, 201, FRESH);
        case "full":
          return problem(c, { status: 409, code: "receivers_full", title: added.why });
        case "refused":
          return notThere(c, added.why);
      }
    });
  });

  app.post("/v1/webhooks/:id/rotate", (c) =>
    asKey(c, { ...CAN, route: "webhook rotated" }, async (tx, by) => {
      const id = c.req.param("id");
      const secret = await webhooks.rotate(tx, id, by);
      return secret === null ? nothing(c) : c.json({ id, secret }, 200, FRESH);
    }),
  );

  app.post("/v1/webhooks/:id/disable", (c) =>
    asKey(c, { ...CAN, route: "webhook disabled" }, async (tx, by) => {
      const id = c.req.param("id");
      await webhooks.disable(tx, id, "by_hand", by);
      const now = await webhooks.read(tx, id);
      return now === null ? nothing(c) : c.json(document(now), 200, FRESH);
    }),
  );

  app.delete("/v1/webhooks/:id", (c) =>
    asKey(c, { ...CAN, route: "webhook removed" }, async (tx, by) =>
      (await webhooks.remove(tx, c.req.param("id"), by)) ? c.body(null, 204) : nothing(c),
    ),
  );

  app.post("/v1/webhooks/:id/test", async (c) => {
    const id = c.req.param("id");
    const allowed: { readonly tenant: TenantId; readonly by: ShownTo }[] = [];
    const answered = await asKey(c, { ...CAN, route: "webhook tried" }, async (tx, by) => {
      const wait = tries(by.initiator.id);
      if (wait > 0) return tooMany(c, wait);
      const receiver = await webhooks.read(tx, id);
      if (receiver === null || receiver.disabled !== null) return nothing(c);
      allowed.push({ tenant: tx.tenantId, by });
      return c.body(null, 204);
    });
    const [one] = allowed;
    // INVARIANT: no transaction is open while somebody else's machine is asked.
    return one === undefined ? answered : tried(c, id, one);
  });

  async function tried(
    c: ConsoleContext,
    id: string,
    { tenant, by }: { readonly tenant: TenantId; readonly by: ShownTo },
  ): Promise<Response> {
    const posted = await tryReceiver(
      {
        webhooks,
        append,
        loopback,
        async inTenant(fn) {
          const claim = await db.claimFor(tenant);
          if (claim === null) throw new Fault("tenant_inactive", "The tenant is not active any more.");
          return db.withTenant(claim, fn);
        },
      },
      id,
      by,
    );
    switch (posted?.kind) {
      case undefined:
        return nothing(c);
      case "answered":
        return c.json({ id, status: posted.status, taken: posted.status >= 200 && posted.status < 300 }, 200, FRESH);
      case "refused":
        return notThere(c, posted.why);
      case "unreachable":
        return problem(c, { status: 502, code: "receiver_unreachable", title: posted.why });
    }
  }
  return app;
}

/** What may not be asked, in our place: an address that is private, local or reserved, or no https. */
const notThere = (c: ConsoleContext, why: string): Response =>
  problem(c, { status: 422, code: "receiver_refused", title: why });

/** INVARIANT: no secret: it is shown once, by what made it. */
const document = ({ id, url, events, madeAt, rotatedUntil, disabled }: Receiver) => ({
  id,
  url,
  events,
  madeAt: iso(madeAt),
  rotatedUntil: rotatedUntil === null ? null : iso(rotatedUntil),
  disabledAt: disabled === null ? null : iso(disabled.at),
  disabledWhy: disabled?.why ?? null,
});
