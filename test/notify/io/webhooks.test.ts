import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTell, createWebhooks, receivers, webhookCarrier } from "#notify/io";
import { limits } from "#notify";
import { outgoing, stage } from "../support/stage.ts";

const s = await stage();
const webhooks = createWebhooks({ append: s.t.append, keys: s.t.keys, loopback: true });
const by = { initiator: { type: "operator", id: "test" }, requestId: "test" } as const;
const carrier = webhookCarrier({ database: s.t.db, webhooks, loopback: true, clock: Date.now });

const heard: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
let status = 200;
let size = 2;
const receiver = createServer((request, response) => {
  void text(request).then((body) => {
    heard.push({ headers: request.headers, body });
    response.writeHead(status, status === 302 ? { location: "http://169.254.169.254/" } : {}).end("x".repeat(size));
  });
});
let url = "";
beforeAll(async () => {
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const address = receiver.address();
  url = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/hook`;
});
afterAll(() => void receiver.close());
beforeEach(async () => {
  await s.t.adminSql("truncate notify.notice, notify.pace, notify.webhook");
  heard.length = 0;
  s.lost.length = 0;
  status = 200;
  size = 2;
});

const add = async (events: readonly string[] = []) => {
  const added = await s.inTenant((tx) => webhooks.add(tx, { url, events, by }));
  if (added.kind !== "added") throw new Error(added.why);
  return added;
};
const tell = (event: string, key = `hook/${event}`) =>
  s.inTenant((tx) =>
    createTell(s.t.keys, receivers)(tx, outgoing(key, { to: { kind: "webhooks", event, data: { number: 7 } } })),
  );
const deliver = () =>
  s.delivery({ github: s.provider.send, slack: s.provider.send, mail: s.provider.send, webhook: carrier }).drain();
const headersOf = (at: number) => {
  const found = heard[at] ?? expect.unreachable();
  return {
    body: found.body,
    headers: Object.fromEntries(
      ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, String(found.headers[name])]),
    ),
  };
};

describe("a client's own systems hear of its tickets", () => {
  it("each that wants the event, signed by the Standard Webhooks specification", async () => {
    const all = await add();
    await add(["approval.decided"]);
    await tell("ticket.opened");
    await deliver();
    expect(heard).toHaveLength(1);
    const { body, headers } = headersOf(0);
    expect(new Webhook(all.secret).verify(body, headers)).toMatchObject({
      type: "ticket.opened",
      version: 1,
      data: { number: 7 },
    });
    expect(() => new Webhook(all.secret).verify(`${body} `, headers)).toThrow();
  });

  it("a receiver that was down gets the same bytes under the same webhook-id", async () => {
    await add();
    await tell("ticket.changed");
    status = 503;
    await deliver();
    await s.later();
    status = 200;
    await deliver();
    expect(headersOf(0).body).toBe(headersOf(1).body);
    expect(headersOf(0).headers["webhook-id"]).toBe(headersOf(1).headers["webhook-id"]);
  });

  it("N2 while a secret is rotated both sign for 24 hours, then the new one alone", async () => {
    const { id, secret } = await add();
    const next = (await s.inTenant((tx) => webhooks.rotate(tx, id, by))) ?? "";
    await tell("ticket.opened", "n2/1");
    await deliver();
    for (const each of [secret, next]) new Webhook(each).verify(headersOf(0).body, headersOf(0).headers);
    await s.t.adminSql("update notify.webhook set rotated_until = now() - interval '1 second'");
    await tell("ticket.opened", "n2/2");
    await deliver();
    new Webhook(next).verify(headersOf(1).body, headersOf(1).headers);
    expect(() => new Webhook(secret).verify(headersOf(1).body, headersOf(1).headers)).toThrow();
  });

  it("N4 410 disables it, and a person is told", async () => {
    const { id } = await add();
    status = 410;
    await tell("ticket.opened");
    await deliver();
    expect(s.lost).toMatchObject([{ why: expect.stringContaining("410"), of: { channel: "webhook", receiver: id } }]);
    expect(await s.inTenant((tx) => webhooks.read(tx, id))).toMatchObject({ disabled: { why: "gone" } });
    await tell("ticket.changed");
    await deliver();
    expect(heard).toHaveLength(1);
  });

  it("redirects are not followed, and a long answer is not read to its end", async () => {
    await add();
    status = 302;
    size = limits.answer * 20;
    await tell("ticket.opened");
    await deliver();
    expect(heard).toHaveLength(1);
    expect(await s.rows()).toMatchObject([{ waits: "provider", delivered_at: null }]);
  });
});

describe("N1 a receiver's window of five minutes", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  it.each([
    ["4:59 old", -299, true],
    ["5:01 old", -301, false],
    ["5:01 ahead", 301, false],
  ])("%s", (_, seconds, accepted) => {
    const at = new Date(Math.floor(Date.now() / 1000) * 1000 + seconds * 1000);
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(at.getTime() / 1000),
      "webhook-signature": new Webhook(secret).sign("msg_1", at, "{}"),
    };
    const verify = () => new Webhook(secret).verify("{}", headers);
    if (accepted) expect(verify()).toEqual({});
    else expect(verify).toThrow(/timestamp/i);
  });
});
