// Microsoft as its documentation describes it, for the official client: tokens, delta pages, MIME, subscriptions. Over real HTTP.

import { once } from "node:events";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";

const words = z.record(z.string(), z.string());

export interface GraphDouble {
  readonly graph: string;
  readonly login: string;
  /** In the order in which they came; `id` is Microsoft's, not the mail's. */
  readonly mails: { readonly id: string; readonly mime: string; readonly at: string }[];
  readonly subscriptions: Map<
    string,
    { clientState: string; until: string; notificationUrl: string; resource: string }
  >;
  readonly asked: string[];
  pageSize: number;
  /** Every delta token that was given until now is worth nothing any more. */
  forget(): void;
  /** Where a notification's address is reached from here; Microsoft asks it for its own words before it subscribes. null: it is believed. */
  reach: ((url: string) => string) | null;
  /** That there are; empty: any. */
  readonly mailboxes: Set<string>;
  /** Says to every subscription that something is new. Gives what was answered. */
  notify(): Promise<readonly number[]>;
  /** Everything is answered with this. */
  down: number | null;
  close(): Promise<void>;
}

export async function graphDouble(): Promise<GraphDouble> {
  const app = new Hono();
  let generation = 1;
  let made = 0;
  const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("no port");
  const base = `http://127.0.0.1:${address.port}`;
  const double: GraphDouble = {
    graph: `${base}/`,
    login: `${base}/login/`,
    mails: [],
    subscriptions: new Map(),
    asked: [],
    pageSize: 50,
    forget: () => void (generation += 1),
    reach: null,
    mailboxes: new Set(),
    async notify() {
      const answers: number[] = [];
      for (const [subscriptionId, { clientState, notificationUrl, resource }] of double.subscriptions) {
        const value = [{ subscriptionId, clientState, resource, changeType: "created", tenantId: "t" }];
        const url = double.reach?.(notificationUrl) ?? notificationUrl;
        const answer = await fetch(url, { method: "POST", body: JSON.stringify({ value }) });
        answers.push(answer.status);
      }
      return answers;
    },
    down: null,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const error = (code: string) => ({ error: { code, message: "as documented", innerError: {} } });

  app.post("/login/:tenant/oauth2/v2.0/token", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    if (form.get("client_secret") !== "s3cret" || form.get("grant_type") !== "client_credentials")
      return c.json({ error: "invalid_client", error_codes: [7000215] }, 401);
    if (c.req.param("tenant") === "nowhere.example")
      return c.json({ error: "invalid_request", error_codes: [90002] }, 400);
    return c.json({ token_type: "Bearer", expires_in: 3599, access_token: "eyJ-token" });
  });
  app.use("/v1.0/*", async (c, next) => {
    double.asked.push(`${c.req.method} ${c.req.path}`);
    if (double.down !== null)
      return new Response(JSON.stringify(error("serviceNotAvailable")), { status: double.down });
    if (c.req.header("authorization") !== "Bearer eyJ-token") return c.json(error("InvalidAuthenticationToken"), 401);
    return next();
  });
  app.get("/v1.0/users/:user/mailFolders/inbox/messages/delta", (c) => {
    if (double.mailboxes.size > 0 && !double.mailboxes.has(c.req.param("user")))
      return c.json(error("ErrorInvalidUser"), 404);
    const token = c.req.query("$deltatoken") ?? c.req.query("$skiptoken");
    const since = /receivedDateTime ge (\S+)/.exec(c.req.query("$filter") ?? "")?.[1] ?? null;
    const [of = "", from = "0"] = (token ?? `${generation}.0`).split(".");
    if (Number(of) !== generation) return c.json(error("SyncStateNotFound"), 410);
    const all = double.mails.slice(Number(from), Number(from) + double.pageSize);
    const reached = Number(from) + all.length;
    const url = `${base}/v1.0/users/${c.req.param("user")}/mailFolders/inbox/messages/delta`;
    const value = all
      .filter(({ at }) => since === null || at >= since)
      .map(({ id, at }) => ({ "@odata.type": "#microsoft.graph.message", id, receivedDateTime: at }));
    return c.json({
      value,
      ...(reached < double.mails.length
        ? { "@odata.nextLink": `${url}?$skiptoken=${generation}.${reached}` }
        : { "@odata.deltaLink": `${url}?$deltatoken=${generation}.${reached}` }),
    });
  });
  app.get("/v1.0/users/:user/messages/:id/$value", (c) => {
    const found = double.mails.find(({ id }) => id === c.req.param("id"));
    return found === undefined
      ? c.json(error("ErrorItemNotFound"), 404)
      : c.body(found.mime, 200, { "content-type": "text/plain" });
  });
  app.post("/v1.0/subscriptions", async (c) => {
    const asked = words.parse(await c.req.json());
    if (double.reach !== null) {
      const words = `Validation: ${made} <b>`;
      const hello = await fetch(
        `${double.reach(asked["notificationUrl"] ?? "")}?validationToken=${encodeURIComponent(words)}`,
        { method: "POST" },
      );
      if (hello.status !== 200 || (await hello.text()) !== words) return c.json(error("ValidationError"), 400);
    }
    const id = `0fc0d6db-0073-42e5-a186-${String((made += 1)).padStart(12, "0")}`;
    const until = asked["expirationDateTime"] ?? "";
    double.subscriptions.set(id, {
      clientState: asked["clientState"] ?? "",
      until,
      notificationUrl: asked["notificationUrl"] ?? "",
      resource: asked["resource"] ?? "",
    });
    return c.json({ id, expirationDateTime: until }, 201);
  });
  app.patch("/v1.0/subscriptions/:id", async (c) => {
    const there = double.subscriptions.get(c.req.param("id"));
    if (there === undefined) return c.json(error("ResourceNotFound"), 404);
    there.until = words.parse(await c.req.json())["expirationDateTime"] ?? "";
    return c.json({ id: c.req.param("id"), expirationDateTime: there.until });
  });
  app.get("/v1.0/subscriptions", (c) => {
    const all = [...double.subscriptions].slice(Number(c.req.query("$skiptoken") ?? 0));
    const value = all.slice(0, double.pageSize).map(([id, { notificationUrl, resource }]) => ({
      id,
      notificationUrl,
      resource,
      clientState: null,
    }));
    const next = Number(c.req.query("$skiptoken") ?? 0) + double.pageSize;
    return c.json({
      value,
      ...(next < double.subscriptions.size
        ? { "@odata.nextLink": `${base}/v1.0/subscriptions?$skiptoken=${next}` }
        : {}),
    });
  });
  app.delete("/v1.0/subscriptions/:id", (c) =>
    double.subscriptions.delete(c.req.param("id")) ? c.body(null, 204) : c.json(error("ResourceNotFound"), 404),
  );
  return double;
}
