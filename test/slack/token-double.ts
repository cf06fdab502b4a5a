// Slack's auth.test and auth.revoke as its documentation describes them, for the official client: the emulator believes any token, and
// revokes none.

import { once } from "node:events";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

export interface TokenDouble {
  readonly apiUrl: string;
  /** Those that it takes. */
  readonly tokens: Set<string>;
  readonly asked: string[];
  /** What is answered instead of anything else; null: nothing. */
  down: "internal_error" | "ratelimited" | null;
  /** Says that it has revoked, and has not. */
  lies: boolean;
  close(): Promise<void>;
}

export async function tokenDouble(): Promise<TokenDouble> {
  const app = new Hono();
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("no port");
  const double: TokenDouble = {
    apiUrl: `http://127.0.0.1:${address.port}/api/`,
    tokens: new Set(),
    asked: [],
    down: null,
    lies: false,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const revoked = new Set<string>();
  app.post("/api/:method", (c) => {
    const method = c.req.param("method");
    double.asked.push(method);
    if (double.down === "ratelimited") return c.text("", 429, { "retry-after": "30" });
    if (double.down !== null) return c.json({ ok: false, error: double.down });
    const token = (c.req.header("authorization") ?? "").replace("Bearer ", "");
    if (!double.tokens.has(token))
      return c.json({ ok: false, error: revoked.has(token) ? "token_revoked" : "invalid_auth" });
    if (method === "auth.test") return c.json({ ok: true, team_id: "T1", user_id: "U1", bot_id: "B1" });
    if (!double.lies) {
      double.tokens.delete(token);
      revoked.add(token);
    }
    return c.json({ ok: true, revoked: true });
  });
  return double;
}
