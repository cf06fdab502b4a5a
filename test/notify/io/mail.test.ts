// Resend's own client against an emulator, and SMTP against a real server.

import { createEmulator, type Emulator } from "emulate";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { z } from "zod";
import { mailCarrier } from "#notify/io";
import { mailOf } from "#notify";
import { instantOfMillis } from "#kernel";
import { parcel, secretsOf, soon } from "../support/parcel.ts";
import { freePort } from "../../support/free-port.ts";

const to = {
  kind: "mail",
  to: "rita@client.test",
  subject: "Re: [ACME-7] Broken\r\nBcc: everybody@client.test",
  answers: ["<first@client.test>", "<second@client.test>", "not an id"],
} as const;
const MAIL_FROM = "ACME support <support@acme.example>";

describe("a notice by Resend", () => {
  let emulator: Emulator;
  const conflicts: string[] = [];
  beforeAll(async () => {
    emulator = await createEmulator({
      service: "resend",
      port: await freePort(),
      seed: { resend: { domains: [{ name: "acme.example" }] } },
    });
  });
  afterAll(() => emulator.close());
  const carrier = () =>
    mailCarrier({
      secret: secretsOf({ MAIL_FROM, RESEND_API_KEY: "re_acme" }),
      resendUrl: emulator.url,
      onConflict: (key) => void conflicts.push(key),
    });
  const inbox = async () =>
    z
      .object({ data: z.array(z.object({ id: z.string(), subject: z.string() })) })
      .parse(await (await fetch(`${emulator.url}/emails`, { headers: { authorization: "Bearer re_acme" } })).json())
      .data;

  it("is one mail, however often it is sent", async () => {
    const first = await carrier()(parcel(to), soon());
    const again = await carrier()(parcel(to, { triedAt: instantOfMillis(Date.now()) }), soon());
    expect(first).toMatchObject({ kind: "taken", receipt: { resend: expect.any(String) } });
    expect(again).toEqual(first);
    expect(await inbox()).toHaveLength(1);
  });

  it("409: the same key with other words counts as told, with an alarm", async () => {
    const message = { title: "Other", text: "Other words.", buttons: [] };
    expect(await carrier()(parcel(to, { message }), soon())).toMatchObject({
      kind: "taken",
      receipt: { conflict: true },
    });
    expect(conflicts).toHaveLength(1);
    expect(await inbox()).toHaveLength(1);
  });

  it("that may have been sent a day ago, when Resend has forgotten its key, is not sent again", async () => {
    const triedAt = instantOfMillis(Date.now() - 24 * 3_600_000);
    expect(await carrier()(parcel(to, { key: "t/old", triedAt }), soon())).toMatchObject({ kind: "refused" });
    expect(await inbox()).toHaveLength(1);
  });
});

test.each([
  ["our own address has a slip", { MAIL_FROM: "support at acme.example", RESEND_API_KEY: "re_acme" }, "MAIL_FROM"],
  ["the mail server's password has a bare %", { MAIL_FROM, SMTP_URL: "smtps://u:100%x@mail.example" }, "SMTP_URL"],
])("%s: the notice waits until it is set right, and is not given up", async (_, secrets, missing) => {
  const carrier = mailCarrier({ secret: secretsOf(secrets), onConflict: () => {} });
  expect(await carrier(parcel(to), soon())).toEqual({ kind: "unset", missing: [missing] });
});

describe("a notice by SMTP", () => {
  const received: string[] = [];
  let answer: { readonly code: number } | null = null;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: (_, __, done) =>
      done(answer === null ? null : Object.assign(new Error("no"), { responseCode: answer.code })),
    onData: (stream, _, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        received.push(Buffer.concat(chunks).toString("utf8"));
        done();
      });
    },
  });
  let url = "";
  beforeAll(async () => {
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
    url = `smtp://127.0.0.1:${port}`;
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
  beforeEach(() => {
    received.length = 0;
    answer = null;
  });
  const send = (more = {}) =>
    mailCarrier({ secret: secretsOf({ MAIL_FROM, SMTP_URL: url }), onConflict: () => {} })(parcel(to, more), soon());

  it("has the headers by which machines do not answer it, and a thread and an id by which mailboxes know it", async () => {
    expect(await send()).toMatchObject({ kind: "taken" });
    await send({ triedAt: instantOfMillis(Date.now()) });
    const [mail = "", twin = ""] = received;
    expect(mail).toContain("Auto-Submitted: auto-generated");
    expect(mail).toContain("X-Auto-Response-Suppress: All");
    expect(mail).toContain("In-Reply-To: <second@client.test>");
    expect(mail).toContain("References: <first@client.test> <second@client.test>");
    expect(mail).toMatch(/^Subject: Re: \[ACME-7\] Broken Bcc: everybody@client.test\r$/m);
    expect(mail).not.toMatch(/^Bcc:/m);
    const idOf = (each: string) => /^Message-ID: (\S+)/m.exec(each)?.[1];
    expect(idOf(mail)).toMatch(/^<countersign\.[0-9a-f]{32}@acme\.example>$/);
    expect(idOf(twin), "the same notice has the same Message-ID").toBe(idOf(mail));
  });

  it.each([
    ["an address that there is not", 550, "refused"],
    ["a mailbox that is full for now", 452, "later"],
  ])("to %s: %i is %s", async (_, code, kind) => {
    answer = { code };
    expect(await send()).toMatchObject({ kind });
    expect(received).toEqual([]);
  });

  it("INVARIANT fail closed: to a server elsewhere without TLS, nothing is sent", async () => {
    const carrier = mailCarrier({
      secret: secretsOf({ MAIL_FROM, SMTP_URL: url.replace("127.0.0.1", "0.0.0.0") }),
      onConflict: () => {},
    });
    expect(await carrier(parcel(to), soon())).toMatchObject({ kind: "later" });
    expect(received).toEqual([]);
  });

  it("without an address to write from says what to set", async () => {
    const carrier = mailCarrier({ secret: secretsOf({ SMTP_URL: url }), onConflict: () => {} });
    expect(await carrier(parcel(to), soon())).toEqual({ kind: "unset", missing: ["MAIL_FROM"] });
  });
});

describe("what a mail is, before it is sent", () => {
  it.each(["two@a.test, three@b.test", "rita@client.test\r\nBcc: x@y.test", "<rita@client.test>", "rita", ""])(
    "%j is no address to write to",
    (address) => {
      const { message, key } = parcel(to);
      expect(mailOf({ key, from: MAIL_FROM, to: address, subject: "x", answers: [], message })).toBeNull();
    },
  );
});
