// Packets over HTTP: by a Unix socket that only this user may open, or by an address. What is posted is sealed, and checked like any other.

import { setTimeout as pause } from "node:timers/promises";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { Fault } from "#kernel";
import { createRate, listen, listenPrivately, type Ask } from "#platform/http";
import { tenantIdColumn } from "#platform/postgres";
import type { Doer } from "./doer.ts";
import type { Way } from "./queue.ts";

/** Sealed, in base64url. */
const BODY_BYTES = 6 * 1024 * 1024;
/** How long the answer waits for the outcome. */
const WORD_MS = 1_000;
/** Of one tenant's packets, by an address that others reach, too: each that is not believed is an entry of that tenant's log. */
const RATE = { burst: 120, perMinute: 1_200 };
const shape = z.strictObject({ tenant: tenantIdColumn, sealed: z.base64url() });

interface Taking {
  readonly doer: Pick<Doer, "handle">;
  readonly onFault: (error: unknown) => void;
}

function takingApp({ doer, onFault }: Taking, ask: Ask): { readonly app: Hono; ended(): Promise<unknown> } {
  const under = new Set<Promise<unknown>>();
  const app = new Hono();
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: (c) => c.json({ error: "too large" }, 413) }));
  app.post("/packet", async (c) => {
    const parsed = shape.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json({ error: "malformed" }, 400);
    const { tenant, sealed } = parsed.data;
    const seconds = ask(tenant);
    if (seconds > 0) return c.json({ error: "too many" }, 429, { "retry-after": String(seconds) });
    let told: string | null = null;
    const handled = doer
      .handle({
        tenant,
        sealed: Buffer.from(sealed, "base64url"),
        told: (outcome) => void (told = Buffer.from(outcome).toString("base64url")),
      })
      .catch(onFault)
      .finally(() => under.delete(handled));
    under.add(handled);
    const late = new AbortController();
    await Promise.race([handled, pause(WORD_MS, undefined, { signal: late.signal, ref: false }).catch(() => {})]);
    late.abort();
    // What came of it is in the database, by whatever way it went: this only saves a look for it.
    return c.json({ told }, 202);
  });
  app.notFound((c) => c.json({ error: "nothing here" }, 404));
  return { app, ended: () => Promise.all(under) };
}

export async function serveSocket({ socket, ...taking }: Taking & { readonly socket: string }): Promise<Way> {
  const { app, ended } = takingApp(taking, () => 0);
  const served = await listenPrivately(
    app,
    socket,
    `A doer answers at ${socket} already. Use it, stop it, or give this one a socket of its own (DOER_SOCKET).`,
  );
  return {
    async close() {
      await served.stop();
      await ended();
    },
  };
}

/** INVARIANT 11: nobody is asked who they are: a packet's own signature is what is believed. TLS is a proxy's. */
export async function serveHttp({
  at,
  clockMs,
  ...taking
}: Taking & {
  readonly at: { readonly host: string; readonly port: number };
  readonly clockMs: () => number;
}): Promise<Way & { readonly port: number }> {
  const { app, ended } = takingApp(taking, createRate(RATE, clockMs));
  const served = await listen(app, at).catch((cause: unknown) => {
    throw new Fault("config_invalid", `The doer cannot listen at ${at.host}:${at.port}. Name another address of this machine, or another port (DOER_LISTEN).`, { cause }); // prettier-ignore
  });
  return {
    port: served.port,
    async close() {
      await served.stop();
      await ended();
    },
  };
}
