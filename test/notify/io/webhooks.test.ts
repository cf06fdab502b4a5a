import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
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
    const aDay = await s.t.adminSql(
      "select round(extract(epoch from rotated_until - now()) / 60)::int as minutes from notify.webhook where rotated_until is not null",
    );
    expect(aDay).toEqual([{ minutes: 24 * 60 }]);
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
  afterEach(() => void vi.useRealTimers());
  const MINUTES_5 = 300;

  it.each([
    ["4:59 after it was sent", MINUTES_5 - 1, true],
    ["5:01 after it was sent", MINUTES_5 + 1, false],
    ["5:01 before, by the receiver's clock", -MINUTES_5 - 1, false],
  ])("what we have sent is read %s: %s s, %s", async (_, seconds, accepted) => {
    const { secret } = await add();
    await tell("ticket.opened");
    await deliver();
    const { body, headers } = headersOf(0);
    vi.useFakeTimers({ toFake: ["Date"], now: (Number(headers["webhook-timestamp"]) + seconds) * 1_000 });
    const verify = () => new Webhook(secret).verify(body, headers);
    if (accepted) expect(verify()).toMatchObject({ type: "ticket.opened" });
    else expect(verify).toThrow(/timestamp/i);
  });

  it("what is tried again an hour later is signed for that moment: nobody refuses it for its age", async () => {
    const { secret } = await add();
    await tell("ticket.opened");
    status = 503;
    await deliver();
    await s.later();
    status = 200;
    const hour = 3_600_000;
    const anHourOn = webhookCarrier({ database: s.t.db, webhooks, loopback: true, clock: () => Date.now() + hour });
    const { send } = s.provider;
    await s.delivery({ github: send, slack: send, mail: send, webhook: anHourOn }).drain();
    const { body, headers } = headersOf(1);
    expect(() => new Webhook(secret).verify(body, headers), "it is ahead of this clock by an hour").toThrow(
      /timestamp/i,
    );
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + hour });
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: "ticket.opened" });
  });
});
