import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { Fault } from "#kernel";
import type { Log } from "../log/index.ts";
import { problem, problemOfFault } from "./problem.ts";

export interface HttpEnv {
  Variables: {
    /** One id from the request to every log line and row it leads to; for a webhook it is GitHub's delivery id, and nobody else chooses theirs. */
    requestId: string;
    log: Log;
  };
}
export type HttpApp = Hono<HttpEnv>;

export interface HttpOptions {
  readonly log: Log;
  /** null: ready. Otherwise one plain sentence for the log; the caller only sees 503. */
  readonly notReady: () => Promise<string | null>;
  /** Origins that a page of ours may post a form to, besides our own: GitHub's, for Connect GitHub. */
  readonly formTargets?: readonly string[];
}

/** Where GitHub delivers. */
export const WEBHOOK_PATH = "/api/github/webhooks";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** No inline script, no foreign origin, no frame: a page of ours can only do what its own files say. */
const policy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", "data:"],
  connectSrc: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
};

/** What the pages of every surface have in common; each adds its own after it. */
const baseCss = readFileSync(new URL("base.css", import.meta.url), "utf8");

/** The server's outer shell: request id, headers, health, and answers that reveal nothing. Rooms mount their routes on it. */
export function createHttpApp(options: HttpOptions): HttpApp {
  const app: HttpApp = new Hono<HttpEnv>();

  app.use(async (c, next) => {
    const delivery = c.req.path === WEBHOOK_PATH ? (c.req.header("x-github-delivery") ?? "") : "";
    const requestId = UUID.test(delivery) ? delivery : randomUUID();
    const log = options.log.child({ requestId });
    c.set("requestId", requestId);
    c.set("log", log);
    c.header("x-request-id", requestId);
    const started = performance.now();
    await next();
    if (c.req.path === "/healthz" || c.req.path === "/readyz") return;
    log.info(
      { method: c.req.method, path: c.req.path, status: c.res.status, ms: Math.round(performance.now() - started) },
      "request",
    );
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: { ...policy, formAction: ["'self'", ...(options.formTargets ?? [])] },
      referrerPolicy: "no-referrer",
      xFrameOptions: "DENY",
      crossOriginOpenerPolicy: "same-origin",
    }),
  );

  app.get("/base.css", (c) => c.body(baseCss, 200, { "content-type": "text/css; charset=utf-8" }));
  app.get("/healthz", (c) => c.json({ status: "alive" }));
  app.get("/readyz", async (c) => {
    const why = await options
      .notReady()
      .catch((error: unknown) => (error instanceof Error ? error.message : "unknown"));
    if (why === null) return c.json({ status: "ready" });
    c.get("log").warn({ why }, "not ready");
    return c.json({ status: "not ready" }, 503);
  });

  app.notFound((c) => problem(c, { status: 404, code: "not_found", title: "There is nothing here." }));
  app.onError((error, c) => {
    c.get("log").error({ err: error }, "request failed");
    return error instanceof Fault
      ? problemOfFault(c, error.code)
      : problem(c, { status: 500, code: "internal", title: "Something went wrong here. It is logged." });
  });
  return app;
}
