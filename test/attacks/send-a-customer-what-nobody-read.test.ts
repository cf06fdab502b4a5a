// The attacker is an agent, or whoever writes its ticket: a mail that a person has read is to say something else when it leaves, to go to
// somebody else, or to be answered by a machine for ever.

import { createTransport } from "nodemailer";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { emailNotifyArguments } from "#gateway";
import { instantOfMillis } from "#kernel";
import { mailOf } from "#notify";
import { judgeMail, type ReadMail } from "#tickets";
import { readMail } from "../../src/mail/parse.ts";
import { isAddress } from "../../src/notify/render/mail.ts";

const CUSTOMER = "jane@acme.example";
const asked = (subject: string, body: string) => emailNotifyArguments.safeParse({ ticket: "ACME-7", subject, body });
const sent = (
  subject: string,
  body: string,
  more: { readonly to?: string; readonly answers?: readonly string[] } = {},
) =>
  mailOf({
    key: "t/ticket/7/1/shipped/x",
    from: "Support <help@countersign.example>",
    to: more.to ?? CUSTOMER,
    subject: `[ACME-7] ${subject}`,
    answers: more.answers ?? [],
    message: { title: subject, text: body, buttons: [] },
  });
/** As it goes over the wire, by the client that sends it. */
async function wire(mail: NonNullable<ReturnType<typeof mailOf>>): Promise<string> {
  const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail({ ...mail, headers: { ...mail.headers } });
  return Buffer.isBuffer(message) ? message.toString("utf8") : expect.unreachable();
} // prettier-ignore
const headersOf = (mime: string): string => mime.slice(0, mime.indexOf("\r\n\r\n"));
const read = async (mime: string): Promise<ReadMail> =>
  (await readMail({ mime: Buffer.from(mime), receivedAt: instantOfMillis(0), cut: false })) ?? expect.unreachable();

describe("what a person reads is what is sent", () => {
  test.each([
    ["CR LF", "Fixed\r\nBcc: eve@evil.example"],
    ["LF alone", "Fixed\nBcc: eve@evil.example"],
    ["CR alone", "Fixed\rBcc: eve@evil.example"],
    ["a vertical tab", "Fixed\u000bBcc: eve@evil.example"],
    ["NEL", "Fixed\u0085Bcc: eve@evil.example"],
    ["LINE SEPARATOR", "Fixed\u2028Bcc: eve@evil.example"],
    ["PARAGRAPH SEPARATOR", "Fixed\u2029Bcc: eve@evil.example"],
    ["an escape of a terminal", "Fixed\u001b[2K"],
    ["a right-to-left override", "Fixed \u202egnihtoN"],
    ["a zero-width space", "Fi\u200bxed"],
    ["a byte order mark", "\ufeffFixed"],
  ])("a subject with %s is refused where it is asked", (_, subject) => {
    expect(asked(subject, "It is fixed.").success).toBe(false);
  });

  test.each([
    ["a right-to-left override", "Pay \u202e001$"],
    ["an escape of a terminal", "It is fixed.\u001b[8mNot."],
    ["a line that ends where no preview ends it", "It is fixed.\u2028From: eve"],
    ["a CR that writes over the line before", "It is not fixed.\rIt is fixed."],
    ["a zero-width joiner between letters", "Fi\u200dxed"],
  ])("a body with %s, too", (_, body) => {
    expect(asked("Fixed", body).success).toBe(false);
  });

  it("whatever is accepted leaves letter for letter, under one subject, to one reader", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }), fc.string({ unit: "grapheme", minLength: 1, maxLength: 2_000 }), async (subject, body) => {
        fc.pre(asked(subject, body).success && body.trim() !== "");
        const mail = sent(subject, body) ?? expect.unreachable();
        expect(mail).toMatchObject({ subject: `[ACME-7] ${subject}`, text: `${body.replaceAll("\r", "").trim()}\n`, to: CUSTOMER });
        const mime = await wire(mail);
        expect(headersOf(mime).match(/^(?:to|cc|bcc|from|reply-to|subject):/gim)).toEqual(["From:", "To:", "Subject:"]);
        expect(await read(mime)).toMatchObject({ subject: `[ACME-7] ${subject}` });
      }),
      { numRuns: 200 },
    );
  }); // prettier-ignore
});

describe("to the ticket's own customer, and nobody else", () => {
  test.each([
    "eve@evil.example, jane@acme.example", "jane@acme.example;eve@evil.example", "Jane <jane@acme.example>", "<jane@acme.example>",
    "jane@acme.example\r\nBcc: eve@evil.example", "jane@acme.example\u2028eve", "ja\u0085ne@acme.example", "ja\u0000ne@acme.example",
    "ja\u200bne@acme.example", "jane\u202e@acme.example", '"jane@acme.example"@evil.example', "jane@acme.example@evil.example",
    "group: jane@acme.example, eve@evil.example;", "jane(eve@evil.example)@acme.example", "jane%evil.example@acme.example",
    "evil.example!jane@acme.example", "jane@[169.254.169.254]", "jane@", "@acme.example", "jane", "",
  ])("%j is no reader", (to) => {
    expect(isAddress(to)).toBe(false);
    expect(sent("Fixed", "It is.", { to })).toBeNull();
  }); // prettier-ignore

  it("the mails that it answers add no header", async () => {
    const answers = ["<one@acme.example>", "<a@b>\r\nBcc: eve@evil.example", "<a\u2028b@c>", "<a\u0085b@c>"];
    const mail = sent("Fixed", "It is.", { answers }) ?? expect.unreachable();
    expect(mail.headers).toMatchObject({ "In-Reply-To": "<one@acme.example>", References: "<one@acme.example>" });
    expect(headersOf(await wire(mail))).not.toContain("evil");
  });

  test.each([
    ["Reply-To", "Reply-To: eve@evil.example"],
    ["Sender", "Sender: eve@evil.example"],
    ["Return-Path", "Return-Path: <eve@evil.example>"],
    ["Resent-From", "Resent-From: eve@evil.example"],
    ["Disposition-Notification-To", "Disposition-Notification-To: eve@evil.example"],
    ["Errors-To", "Errors-To: eve@evil.example"],
  ])("%s of a customer's mail makes nobody else the customer", async (_, header) => {
    const mime = `${header}\r\nFrom: "eve@evil.example" <${CUSTOMER}>\r\nTo: help@countersign.example\r\nSubject: Broken\r\nMessage-ID: <one@acme.example>\r\n\r\nIt is.\r\n`;
    expect(judgeMail(await read(mime), FACTS).heard).toMatchObject({ from: { address: CUSTOMER } });
  });
});

const FACTS = {
  prefix: "globex",
  own: ["help@globex.example"],
  domains: ["countersign.example", "globex.example", "acme.example"],
};

describe("two installations of ours that write to each other", () => {
  test("a notice of one opens nothing at the other, and is nobody's answer there", async () => {
    const mail = sent("Fixed", "It is.", { to: "help@globex.example" }) ?? expect.unreachable();
    expect(judgeMail(await read(await wire(mail)), FACTS).heard).toMatchObject({ sender: "ourselves", opens: false });
  });

  test.each([
    ["without our mark, where a gateway on the way takes unknown headers out", /^x-countersign-notice:.*\r\n/im],
    [
      "without the words for machines, too: by the one header that is left",
      /^(?:x-countersign-notice|x-auto-response-suppress):.*\r\n/gim,
    ],
  ])("%s: it is a machine's", async (_, taken) => {
    const mail = sent("Fixed", "It is.", { to: "help@globex.example" }) ?? expect.unreachable();
    const mime = (await wire(mail)).replace(taken, "");
    expect(judgeMail(await read(mime), FACTS).heard).toMatchObject({ sender: "auto_reply", opens: false });
  });
});
