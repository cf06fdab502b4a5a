import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { webhookRoutes } from "#console";
import type { Capability } from "#identity";
import { issueKey } from "#identity/io";
import { createWebhooks } from "#notify/io";
import { createHttpApp } from "#platform/http";
import { createLog } from "#platform/log";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);
const here = createWebhooks({ append: t.append, keys: t.keys, loopback: true });

const over = (loopback: boolean) => {
  const app = createHttpApp({ log: createLog({ level: "silent", secrets: [] }), notReady: async () => null });
  const webhooks = createWebhooks({ append: t.append, keys: t.keys, loopback });
  app.route("/", webhookRoutes({ db: t.db, append: t.append, webhooks, loopback, clock: () => Date.now() }));
  return app;
};
const app = over(false);
const loopback = over(true);

async function keyOf(tenant: TestTenant, capability: Capability): Promise<string> {
  const made = await issueKey(t.operator, {
    tenant: tenant.id,
    name: "integration",
    capabilities: [capability],
    days: 1,
    by: { initiator: { type: "operator", id: "ada" }, requestId: "r1" },
  });
  if (made === null) throw new Error("no key");
  return made.text;
}
const key = await keyOf(acme, "webhook.manage");
const ask = async (method: string, path: string, more: { key?: string; body?: unknown; at?: typeof app } = {}) => {
  const answer = await (more.at ?? app).request(path, {
    method,
    headers: { authorization: `Bearer ${more.key ?? key}`, "content-type": "application/json" },
    ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
  });
  const raw = await answer.text();
  const body: Record<string, unknown> = raw === "" ? {} : JSON.parse(raw);
  return { status: answer.status, type: answer.headers.get("content-type"), body };
};
const add = async (body: unknown = { url: "https://hooks.client.test/in" }, at = app) => {
  const made = await ask("POST", "/v1/webhooks", { body, at });
  return { ...made, id: String(made.body["id"]) };
};
beforeEach(async () => void (await t.adminSql("truncate notify.webhook")));

describe("a client's receivers over HTTP", () => {
  it("are added with a secret that is shown once, listed without it, disabled and removed; each is in the log", async () => {
    const made = await add({ url: "https://hooks.client.test/in", events: ["ticket.opened"] });
    expect(made).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^whsec_/) } });
    const listed = await ask("GET", "/v1/webhooks");
    expect(listed.body).toMatchObject({ webhooks: [{ id: made.id, events: ["ticket.opened"], disabledAt: null }] });
    expect(JSON.stringify(listed.body)).not.toContain("whsec_");
    expect(await ask("POST", `/v1/webhooks/${made.id}/rotate`)).toMatchObject({
      status: 200,
      body: { secret: expect.not.stringMatching(String(made.body["secret"])) },
    });
    for (const _ of ["once", "again"])
      expect(await ask("POST", `/v1/webhooks/${made.id}/disable`)).toMatchObject({
        status: 200,
        body: { disabledWhy: "by_hand" },
      });
    expect((await ask("DELETE", `/v1/webhooks/${made.id}`)).status).toBe(204);
    expect((await ask("DELETE", `/v1/webhooks/${made.id}`)).status).toBe(404);
    const entries = await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 50 }));
    expect(entries.map(({ kind }) => kind).filter((kind) => kind.startsWith("webhook."))).toEqual([
      "webhook.remove",
      "webhook.disable",
      "webhook.rotate",
      "webhook.add",
    ]);
  });

  it.each([
    ["plain http", "http://hooks.client.test/in", /https/],
    ["this machine", "https://localhost/in", /public internet/],
    ["a cloud's metadata", "https://169.254.169.254/latest", /private, local or reserved/],
    ["an IPv4 address inside IPv6", "https://[::ffff:10.0.0.1]/in", /private, local or reserved/],
    ["a password in the URL", "https://a:b@hooks.client.test/in", /password/],
  ])("refuses %s with a problem document (RFC 9457)", async (_, url, why) => {
    expect(await add({ url })).toMatchObject({
      status: 422,
      type: expect.stringContaining("application/problem+json"),
      body: {
        type: "urn:countersign:error:receiver_refused",
        status: 422,
        title: expect.stringMatching(why),
        instance: expect.stringMatching(/^urn:uuid:/),
      },
    });
    expect((await ask("GET", "/v1/webhooks")).body).toEqual({ webhooks: [] });
  });

  it.each([
    ["an event that there is not", { url: "https://hooks.client.test/", events: ["ticket.read"] }],
    ["a member that is not understood", { url: "https://hooks.client.test/", secret: "mine" }],
    ["no URL", {}],
  ])("refuses %s", async (_, body) => {
    expect(await add(body)).toMatchObject({ status: 400, body: { type: "urn:countersign:error:input_invalid" } });
  });

  it("a client has twenty at most", async () => {
    for (let n = 0; n < 20; n += 1) await add();
    expect(await add()).toMatchObject({ status: 409, body: { type: "urn:countersign:error:receivers_full" } });
  });

  it("T2 another client's key finds none of them, a key for tickets or the log touches none, and no key is for both", async () => {
    const { id } = await add();
    const theirs = await keyOf(globex, "webhook.manage");
    expect((await ask("GET", "/v1/webhooks", { key: theirs })).body).toEqual({ webhooks: [] });
    for (const path of ["rotate", "disable", "test"])
      expect((await ask("POST", `/v1/webhooks/${id}/${path}`, { key: theirs })).status).toBe(404);
    for (const capability of ["ticket.work", "audit.read"] as const)
      expect((await ask("GET", "/v1/webhooks", { key: await keyOf(acme, capability) })).status).toBe(404);
    expect((await app.request("/v1/webhooks")).status).toBe(401);
    await expect(
      issueKey(t.operator, {
        tenant: acme.id,
        name: "both",
        capabilities: ["webhook.manage", "ticket.work"],
        days: 1,
        by: { initiator: { type: "operator", id: "ada" }, requestId: "r1" },
      }),
    ).rejects.toMatchObject({ code: "database_refused" });
  });
});

describe("a receiver is tried over HTTP", () => {
  const heard: { readonly headers: Record<string, string>; readonly body: string }[] = [];
  let status = 200;
  const receiver = createServer((request, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    void text(request).then((body) => {
      heard.push({ headers, body });
      response.writeHead(status).end();
    });
  });
  let url = "";
  beforeAll(async () => {
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const at = receiver.address();
    url = `http://127.0.0.1:${at !== null && typeof at === "object" ? at.port : 0}/hook`;
  });
  afterAll(() => void receiver.close());

  it("says what it answered, and does so at most ten times a minute", async () => {
    const { id, body } = await add({ url }, loopback);
    expect(await ask("POST", `/v1/webhooks/${id}/test`, { at: loopback })).toMatchObject({
      status: 200,
      body: { status: 200, taken: true },
    });
    const [first = expect.unreachable()] = heard;
    expect(new Webhook(String(body["secret"])).verify(first.body, first.headers)).toMatchObject({
      type: "webhook.test",
    });
    status = 500;
    expect((await ask("POST", `/v1/webhooks/${id}/test`, { at: loopback })).body).toMatchObject({ taken: false });
    for (let n = 0; n < 3; n += 1) await ask("POST", `/v1/webhooks/${id}/test`, { at: loopback });
    expect((await ask("POST", `/v1/webhooks/${id}/test`, { at: loopback })).status).toBe(429);
    expect(heard).toHaveLength(5);
  });

  it("one that was on the public internet when it was added, and is not now, is refused, and not asked", async () => {
    const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
    const made = await t.db.withTenant(acme.claim, (tx) => here.add(tx, { url, events: [], by }));
    if (made.kind !== "added") throw new Error("not added");
    heard.length = 0;
    expect(await ask("POST", `/v1/webhooks/${made.id}/test`)).toMatchObject({
      status: 422,
      body: { type: "urn:countersign:error:receiver_refused" },
    });
    expect(heard).toEqual([]);
  });
});
