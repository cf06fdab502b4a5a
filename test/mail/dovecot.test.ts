// A real IMAP server, over TLS with an authority of its own.

import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createTransport } from "nodemailer";
import { afterAll, describe, expect, test } from "vitest";
import { instantOfMillis } from "#kernel";
import { openImap } from "../../src/mail/imap.ts";
import { readMail } from "../../src/mail/parse.ts";
import { dovecot } from "../support/dovecot.ts";

const server = await dovecot();
afterAll(() => server.close());
const look = (url: string, cursor: string | null = null) =>
  openImap(url)?.look(cursor, instantOfMillis(Date.now() - 3_600_000)) ?? expect.unreachable("no address of a mailbox");
const letter = async (text: string, attached: string | null = null): Promise<void> => {
  const transport = createTransport({ host: "127.0.0.1", port: server.smtpPort, ignoreTLS: true });
  const attachments = attached === null ? [] : [{ filename: "big.bin", content: attached }];
  await transport.sendMail({ from: "ann@acme.example", to: "help@acme.example", subject: "x", text, attachments });
  transport.close();
};

describe("a mailbox over TLS", () => {
  test("whose authority nobody knows is not read: the password goes nowhere", async () => {
    await expect(look(server.url)).rejects.toThrow(/Nobody known vouches for the certificate.*NODE_EXTRA_CA_CERTS/);
  });

  test.each<[string, (url: string) => string, RegExp]>([
    ["a certificate of another host", () => server.otherName, /certificate of its server is another host's/],
    ["a wrong password", (url) => url.replace("word", "wort"), /does not take this user and password.*percent-encoded/],
    ["a folder that is not there", (url) => url.replace("INBOX", "Nobody"), /There is no such folder/],
    ["a port where nobody is", (url) => url.replace(/:\d+\//, ":1/"), /Its server is not reached/],
  ])("with its authority known, %s is said in words", async (_, of, words) => {
    setDefaultCACertificates([...getCACertificates(), readFileSync(server.authority, "utf8")]);
    await expect(look(of(server.url))).rejects.toThrow(words);
  });

  test("S1 what comes by SMTP is read once; of 12 MB the beginning, with its words; nothing in the mailbox is changed", async () => {
    await letter("Hello.");
    const first = await look(server.url);
    if (first.kind !== "read") return expect.unreachable();
    await letter("See the file.", "A".repeat(9 * 1024 * 1024));
    const second = await look(server.url, first.cursor);
    if (second.kind !== "read") return expect.unreachable();
    expect([first.mails.length, second.mails.length]).toEqual([1, 1]);
    const mail = await second.mails[0]?.();
    expect(mail?.cut).toBe(true);
    expect((await readMail(mail ?? expect.unreachable()))?.text.trim()).toBe("See the file.");
    expect(await look(server.url, second.cursor)).toMatchObject({ mails: [], more: false });
    expect(server.files().every((file) => !/:2,.+/.test(file))).toBe(true);
  });
});
