// The lease broker's door: a Unix socket that only this user may open. A sandbox runs as another user, or without this file in reach.

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import { listenPrivately, type ServedSocket } from "#platform/http";
import type { LeaseBroker } from "./broker.ts";
import { requestShape } from "./shapes.ts";
import * as wire from "./wire.ts";

export const serveLeases = (
  broker: LeaseBroker,
  socket: string,
  onFault: (error: unknown) => void,
): Promise<ServedSocket> =>
  listenPrivately(
    routes(broker, onFault),
    socket,
    `A lease broker answers at ${socket} already. Use it (LEASE_BROKER_SOCKET), or stop it before starting another.`,
  );

function routes(broker: LeaseBroker, onFault: (error: unknown) => void): Hono {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: wire.wireLimits.bodyBytes, onError: (c) => c.json({ error: "too large" }, 413) }));
  const answer = <Asked>(path: string, shape: z.ZodType<Asked>, work: (asked: Asked) => Promise<object>): void => {
    app.post(path, async (c) => {
      const parsed = shape.safeParse(await c.req.json().catch(() => null));
      return parsed.success ? c.json(await work(parsed.data)) : c.json({ error: "malformed" }, 400);
    });
  };
  answer("/ask", requestShape, (request) => broker.ask(request));
  answer("/finish", wire.holder, (holder) => broker.finish(holder));
  answer("/redeem", wire.holder, (holder) => broker.redeem(holder));
  answer("/revoke", wire.whose, ({ operator, ...whose }) => broker.revokeAll(whose, operator ? "operator" : "killed"));
  answer("/open", wire.tenantOnly, async ({ tenant }) => ({ open: broker.open(tenant) }));
  app.notFound((c) => c.json({ error: "nothing here" }, 404));
  app.onError((error, c) => {
    onFault(error);
    return c.json({ error: "The lease broker failed; its log says why." }, 500);
  });
  return app;
}
