// The broker's door: a Unix socket that only this user may open. Who may open it may ask for signatures, but only for heads
// that extend what was signed, and never gets the key.

import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import { Fault } from "#kernel";
import type { Broker } from "./sign.ts";
import * as wire from "./wire.ts";

export interface ServedBroker {
  /** Answers the requests under way, then ends. */
  stop(): Promise<void>;
}

export interface BrokerEvents {
  readonly onFault: (error: unknown) => void;
}

export async function serveBroker(broker: Broker, socket: string, events: BrokerEvents): Promise<ServedBroker> {
  await demandFree(socket);
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  const server = createAdaptorServer({ fetch: routes(broker, events).fetch });
  // Between bind and chmod anybody could connect, were the mask not already this narrow.
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(socket, resolve);
    });
  } finally {
    process.umask(mask);
  }
  chmodSync(socket, 0o600);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeIdleConnections" in server) server.closeIdleConnections();
      }),
  };
}

/** A socket that answers belongs to a living broker; one that refuses was left by a killed one. */
async function demandFree(socket: string): Promise<void> {
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(socket, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
  if (alive)
    throw new Fault(
      "config_invalid",
      `A broker answers at ${socket} already. Use it (BROKER_SOCKET), or stop it before starting another.`,
    );
  rmSync(socket, { force: true });
}

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
