import { describe, expect, test } from "vitest";
import { instant } from "#kernel";
import { judgeMail, ticketNumber, withoutQuotes, type MailFacts, type ReadMail } from "#tickets";

const receivedAt = instant("2026-11-02T09:00:00Z") ?? expect.unreachable();
const facts: MailFacts = { prefix: "acme", own: ["help@countersign.example"], domains: ["acme.example"] };
const mail = (over: Partial<ReadMail> = {}): ReadMail => ({
  messageId: "1@acme.example",
  digest: "00",
  answers: [],
  from: { name: "Ann", address: "Ann@acme.example" },
  authors: 1,
  cut: false,
  subject: "Sign in fails",
  text: "It says 500.",
  headers: [],
  attachments: [],
  receivedAt,
  ...over,
});
const header = (name: string, value: string) => ({ headers: [{ name, value }] });

describe("T10, T11: whose word a mail is", () => {
  test.each<[string, Partial<ReadMail>, string]>([
    ["a person", {}, "client_person"],
    ["Auto-Submitted: no is a person's", header("auto-submitted", "no"), "client_person"],
    ["out of office", header("auto-submitted", "auto-replied (vacation)"), "auto_reply"],
    ["a mailing list", header("list-id", "<dev.acme.example>"), "auto_reply"],
    ["bulk", header("precedence", "bulk"), "auto_reply"],
    ["a bounce, by its empty return path", header("return-path", "<>"), "auto_reply"],
    ["a delivery report", header("content-type", 'multipart/report; report-type="delivery-status"'), "auto_reply"],
    ["a mail system", { from: { name: "", address: "MAILER-DAEMON@acme.example" } }, "auto_reply"],
    ["nobody who reads answers", { from: { name: "", address: "no-reply@acme.example" } }, "auto_reply"],
    ["T11 our own address", { from: { name: "", address: "Help@Countersign.example" } }, "ourselves"],
    ["T11 our own notice, forwarded to us", header("x-countersign-notice", "1"), "ourselves"],
    ["somebody whose name is Bounces", { from: { name: "", address: "bouncesmith@acme.example" } }, "client_person"],
  ])("%s", (_, over, sender) => expect(judgeMail(mail(over), facts).heard.sender).toBe(sender));
});

describe("who may open a ticket, and whom it may land on", () => {
  test.each<[string, Partial<ReadMail>, { opens: boolean; vouched: boolean }]>([
    ["the client's own domain", {}, { opens: true, vouched: true }],
    ["a stranger", { from: { name: "", address: "eve@evil.example" } }, { opens: false, vouched: false }],
    [
      "a domain that only looks like it",
      { from: { name: "", address: "eve@notacme.example" } },
      { opens: false, vouched: false },
    ],
    [
      "the domain as a name before another one",
      { from: { name: "", address: "acme.example@evil.example" } },
      { opens: false, vouched: false },
    ],
    [
      "an absence in the client's domain opens nothing",
      header("auto-submitted", "auto-replied"),
      { opens: false, vouched: true },
    ],
  ])("%s", (_, over, expected) => expect(judgeMail(mail(over), facts).heard).toMatchObject(expected));

  test("what the receiving server says is not from there is forged, whatever a lower hop says", () => {
    const spoofed = judgeMail(
      mail({
        subject: "Re: [ACME-7]",
        headers: [
          { name: "authentication-results", value: "mx.example; spf=fail; dmarc=fail" },
          { name: "authentication-results", value: "evil.example; dmarc=pass" },
        ],
      }),
      facts,
    );
    expect(spoofed).toMatchObject({
      aside: "forged",
      claims: true,
      heard: { opens: false, vouched: false, number: null },
    });
  });
});

test.each<[string, number | null]>([
  ["Re: [ACME-7] Sign in fails", 7],
  ["AW: [acme-12]", 12],
  ["[GLOBEX-7] of another client", null],
  ["[ACME-0]", null],
  ["ACME-7 without brackets", null],
])("the token in %j is %s", (subject, number) => expect(ticketNumber(subject, "acme")).toBe(number));

test("titles lose their Re: and Fwd:, attachments are named and not kept", () => {
  const { heard } = judgeMail(
    mail({ subject: "Re: AW: Fwd: Sign in fails", attachments: ["a\u202Etxt.exe", "log.txt"] }),
    facts,
  );
  expect(heard.title).toBe("Sign in fails");
  expect(heard.text).toContain("2 attached");
  expect(heard.text).not.toContain("\u202E");
});

describe("what is quoted at the end goes; everything else stays", () => {
  test.each<[string, string, string]>([
    ["below 'wrote:'", "Yes.\n\nOn Mon, 2 Nov 2026 at 09:00, Help wrote:\n> Still there?\n> Tell us", "Yes."],
    ["in German", "Ja.\n\nAm 2. November 2026 um 09:00 schrieb Help <h@c.example>:\n> Noch da?", "Ja."],
    ["Outlook's line", "Yes.\n\n-----Original Message-----\nFrom: Help\nSubject: x\n\nStill there?", "Yes."],
    [
      "an answer between quoted lines stays with them",
      "> Still there?\nYes.\n> Since when?\nMonday.",
      "> Still there?\nYes.\n> Since when?\nMonday.",
    ],
    [
      "words below what is quoted keep it all",
      "On Mon, 2 Nov 2026, Help wrote:\n> Still there?\nYes.",
      "On Mon, 2 Nov 2026, Help wrote:\n> Still there?\nYes.",
    ],
    ["nothing but quotes stays whole", "> Still there?", "> Still there?"],
    ["no quotes", "Yes.", "Yes."],
  ])("%s", (_, text, kept) => expect(withoutQuotes(text)).toBe(kept));
});
