// Where Microsoft says that mail has come: `/api/mail/<client>/graph`. It carries no mail: it only makes us look, and who looks is known by a
// secret that Microsoft alone was given. https://learn.microsoft.com/graph/change-notifications-delivery-webhooks

import { Hono } from "hono";
import { z } from "zod";
import { Fault, tenantId } from "#kernel";
import { createRate, problem, readCapped, type HttpEnv } from "#platform/http";
import { LIMITS } from "./limits.ts";
import { pollJob } from "./poll.ts";
import type { MailParts } from "./ports.ts";
import { forgetSubscription, saysOurState } from "./rows.ts";

const notifications = z.object({
  value: z
    .array(
      z.looseObject({
        clientState: z.string().max(128).nullish(),
        lifecycleEvent: z.enum(["reauthorizationRequired", "subscriptionRemoved", "missed"]).nullish().catch(null),
      }),
    )
    .min(1)
    .max(1_000),
});

export function createMailInbox(parts: Pick<MailParts, "database" | "enqueue" | "clock">): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const hellos = createRate({ burst: 10, perMinute: 10 }, parts.clock);

  app.post("/api/mail/:tenant/graph", async (c) => {
    const nothing = () =>
      problem(c, { status: 401, code: "unauthorized", title: "Not a notification of a subscription of ours." });
    const tenant = tenantId(c.req.param("tenant"));
    const claim = tenant === null ? null : await parts.database.claimFor(tenant);
    if (claim === null) return nothing();
    const token = c.req.query("validationToken");
    // Whoever asks gets their own words back, as plain text: it proves to Microsoft that we are here, and gives nobody anything.
    if (token !== undefined) {
      if (token.length > 1_000 || hellos(claim.tenantId) > 0) return nothing();
      return c.text(token, 200, { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
    }
    const body = await readCapped(c.req.raw, LIMITS.notificationBytes);
    const read = body === null ? null : notifications.safeParse(jsonOf(body));
    if (read?.success !== true) return nothing();
    const { value } = read.data;
    try {
      const ours = await parts.database.withTenant(claim, async (tx) => {
        const states = new Set(value.flatMap(({ clientState }) => clientState ?? []));
        for (const state of states) if (!(await saysOurState(tx, state))) return false;
        if (states.size === 0) return false;
        // The look that follows makes a new one, or renews it.
        if (
          value.some(
            ({ lifecycleEvent }) =>
              lifecycleEvent === "subscriptionRemoved" || lifecycleEvent === "reauthorizationRequired",
          )
        )
          await forgetSubscription(tx);
        await parts.enqueue(tx, pollJob(claim.tenantId, "graph"));
        return true;
      });
      return ours ? c.body(null, 202) : nothing();
    } catch (error) {
      if (error instanceof Fault && error.code === "tenant_inactive") return nothing();
      throw error;
    }
  });
  return app;
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return null;
  }
}
