import { Hono } from "hono";
import type { Append } from "#audit/io";
import { createRate, type HttpEnv } from "#platform/http";
import { createBearer } from "./bearer.ts";
import { entryRoutes, type EntryRouteParts } from "./entry-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { LIMITS } from "./limits.ts";
import { logRoutes, type LogRouteParts } from "./log-routes.ts";
import { verifyRoute, type VerifyRouteParts } from "./verify-route.ts";

export interface ConsoleParts
  extends
    Pick<LogRouteParts, "db" | "reading" | "trees" | "witnesses">,
    Pick<EntryRouteParts, "prove">,
    Pick<VerifyRouteParts, "verify" | "publicUrl"> {
  readonly append: Append;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

/** The routes under /audit, to be mounted on the server's shell. */
export function createConsole(parts: ConsoleParts): Hono<HttpEnv> {
  const { db, append, reading, clock } = parts;
  const asKey = createBearer({ db, append, clock });
  const app = new Hono<HttpEnv>();
  app.route("/", logRoutes({ ...parts, asKey, everybody: createRate(LIMITS.everybody, clock) }));
  app.route("/", verifyRoute({ ...parts, asKey, perKey: createRate(LIMITS.verify, clock) }));
  app.route("/", entryRoutes({ reading, asKey, prove: parts.prove, clock }));
  app.route("/", keyRoutes({ asKey, append }));
  return app;
}
