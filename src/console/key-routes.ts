// What a key may do about itself.

import { Hono } from "hono";
import type { Append } from "#audit/io";
import { rotateKey } from "#identity/io";
import { iso } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import { presented, type AsKey } from "./bearer.ts";

export interface KeyRouteParts {
  readonly asKey: AsKey;
  readonly append: Append;
}

export function keyRoutes({ asKey, append }: KeyRouteParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  // POST: a link that somebody follows changes nothing.
  app.post("/audit/key/rotate", (c) =>
    asKey(c, { capability: "audit.read", tenant: null, route: "key/rotate" }, async (tx, by) => {
      const made = await rotateKey(tx, append, { presented: presented(c) ?? "", by });
      if (made === null)
        return problem(c, {
          status: 409,
          code: "rotated_already",
          title:
            "This key has its successor already. If that was not you, have both revoked: countersign key list, countersign key revoke.",
        });
      const { id, text, expiresAt, oldEndsAt } = made;
      c.header("cache-control", "no-store");
      return c.json({ id, key: text, expiresAt: iso(expiresAt), thisKeyEndsAt: iso(oldEndsAt) }, 201);
    }),
  );
  return app;
}
