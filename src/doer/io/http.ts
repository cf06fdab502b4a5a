// Packets over HTTP: a Unix socket that only this user may open. What is posted is sealed, and checked like any other.

import { setTimeout as pause } from "node:timers/promises";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { tenantIdColumn } from "#platform/postgres";
import { listenPrivately } from "#platform/http";
import type { Doer } from "./doer.ts";
import type { Way } from "./queue.ts";

/** Sealed, in base64url. */
const BODY_BYTES = 6 * 1024 * 1024;
/** How long the answer waits for the outcome. */
const WORD_MS = 1_000;
const shape = z.strictObject({ tenant: tenantIdColumn, sealed: z.base64url() });

export async function serveHttp({
  socket,
  doer,
  onFault,
}: {
  readonly socket: string;
  readonly doer: Pick<Doer, "handle">;
  readonly onFault: (error: unknown) => void;
}): Promise<Way> {
  const under = new Set<Promise<unknown>>();
  const app = new Hono();
  app.use(bodyLimit({ maxSize: BODY_BYTES, onError: (c) => c.json({ error: "too large" }, 413) }));
  app.post("/packet", async (c) => {
    const parsed = shape.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json({ error: "malformed" }, 400);
    const { tenant, sealed } = parsed.data;
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
  const served = await listenPrivately(
    app,
    socket,
    `A doer answers at ${socket} already. Use it, stop it, or give this one a socket of its own (DOER_SOCKET).`,
  );
  return {
    async close() {
      await served.stop();
      await Promise.all(under);
    },
  };
}
