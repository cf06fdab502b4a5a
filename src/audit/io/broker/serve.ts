// The broker's door: a Unix socket that only this user may open. Who may open it may ask for signatures, but only for heads
// that extend what was signed, and never gets the key.

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import { Fault } from "#kernel";
import { listenPrivately, type ServedSocket } from "#platform/http";
import type { Broker } from "./sign.ts";
import * as wire from "./wire.ts";

export type ServedBroker = ServedSocket;

export interface BrokerEvents {
  readonly onFault: (error: unknown) => void;
}

export const serveBroker = (broker: Broker, socket: string, events: BrokerEvents): Promise<ServedBroker> =>
  listenPrivately(
    routes(broker, events),
    socket,
    `A broker answers at ${socket} already. Use it (BROKER_SOCKET), or stop it before starting another.`,
  );

function routes(broker: Broker, events: BrokerEvents): Hono {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: wire.wireLimits.bodyBytes }));
  const answer = <Asked>(path: string, asked: z.ZodType<Asked>, work: (asked: Asked) => Promise<object>): void => {
    app.post(path, async (c) => {
      const parsed = asked.safeParse(await c.req.json().catch(() => null));
      return parsed.success ? c.json(await work(parsed.data)) : c.json({ error: "malformed" }, 400);
    });
  };
  answer("/identity", wire.nothing, () => broker.identity());
  answer("/last", wire.lastRequest, async ({ origin }) => ({ note: await broker.last(origin) }));
  answer("/sign", wire.signRequest, async ({ heads }) => ({ answers: await broker.sign(heads) }));
  answer("/certify", wire.certifyRequest, ({ body }) => broker.certify(body));
  answer("/rotate", wire.nothing, () => broker.rotate());
  answer("/rotation", wire.rotationRequest, async ({ epoch }) => ({ event: await broker.rotation(epoch) }));
  app.notFound((c) => c.json({ error: "nothing here" }, 404));
  app.onError((error, c) => {
    events.onFault(error);
    const ours = error instanceof Fault && error.code === "input_invalid";
    return c.json({ error: ours ? error.message : "The broker failed; its log says why." }, ours ? 422 : 500);
  });
  return app;
}
