// The whole checklist over one tenant's log, run here. A convenience: what a server says of itself proves little, and the
// answer says so and how to ask without it.

import { Hono } from "hono";
import type { Reading } from "#audit/io";
import type { TenantId } from "#kernel";
import type { Ask, HttpEnv } from "#platform/http";
import type { Report } from "#verifier";
import { tooMany, type AsKey } from "./bearer.ts";

export interface VerifyRouteParts {
  readonly reading: Reading;
  readonly asKey: AsKey;
  readonly perKey: Ask;
  readonly verify: (tenant: TenantId) => Promise<Report>;
  /** Where others reach this server; null: where this request did. */
  readonly publicUrl: string | null;
}

const PROVES_LITTLE =
  "This server verified its own log. That finds accidents and careless changes, and proves nothing against whoever runs the server: run the command in `offline` on a machine of your own, with a key that you were given by other means.";

export function verifyRoute({ reading, asKey, perKey, verify, publicUrl }: VerifyRouteParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  let running = false;

  app.get("/audit/verify", async (c) => {
    let admitted: TenantId | null = null;
    const answer = await asKey(c, { capability: "audit.read", tenant: null, route: "verify" }, async (tx, to) => {
      const wait = running ? 10 : perKey(to.initiator.id);
      if (wait > 0) return tooMany(c, wait);
      const target = { type: "log", id: tx.tenantId } as const;
      await reading.note(tx, to, {
        kind: "audit.read",
        target,
        count: await reading.size(tx),
        what: { file: "verify" },
      });
      admitted = tx.tenantId;
      return c.body(null, 204);
    });
    if (admitted === null) return answer;
    // Two may have been admitted at once; one verification at a time is what this server has to spare.
    if (running) return tooMany(c, 10);
    running = true;
    try {
      const { state, verdicts, counts, notProven } = await verify(admitted);
      return c.json(
        {
          state,
          by: "this server, about itself",
          says: PROVES_LITTLE,
          offline: `AUDIT_TOKEN=csk_... countersign audit verify ${publicUrl ?? new URL(c.req.url).origin}/audit --tenant ${String(admitted)} --key VKEY`,
          verdicts,
          counts,
          notProven,
        },
        200,
        { "cache-control": "no-store" },
      );
    } finally {
      running = false;
    }
  });
  return app;
}
