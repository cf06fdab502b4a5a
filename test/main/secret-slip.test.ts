import { describe, expect, test } from "vitest";
import { slipIn } from "../../src/main/secret-slip.ts";

const THE_SECRET = "s3cr3t";

describe("a slip in a credential is told when it is set, and not weeks later by silence", () => {
  test.each([
    ["a token over two lines", "SLACK_BOT_TOKEN", `xoxb-1-${THE_SECRET}\nmore`],
    ["the token of a person", "SLACK_BOT_TOKEN", `xoxp-1-${THE_SECRET}`],
    ["the token where the signing secret belongs", "SLACK_SIGNING_SECRET", `xoxb-${THE_SECRET}`],
    ["a signing secret with a newline in it", "SLACK_SIGNING_SECRET", `8f74\n${THE_SECRET}`],
    ["another provider's key", "RESEND_API_KEY", `sk_${THE_SECRET}`],
    ["a name without an address", "MAIL_FROM", `ACME ${THE_SECRET}`],
    ["an address with a header behind it", "MAIL_FROM", `a@acme.example\nBcc: ${THE_SECRET}@x.example`],
    ["a web address for a mail server", "SMTP_URL", `https://u:${THE_SECRET}@mail.example`],
    ["a password with a bare %", "SMTP_URL", `smtps://u:100%${THE_SECRET}@mail.example`],
    ["a mailbox without a user", "IMAP_URL", "imaps://mail.example/INBOX"],
    ["a mailbox's password with a bare %", "IMAP_URL", `imaps://u:100%${THE_SECRET}@mail.example/INBOX`],
    ["a domain with a comma for its dot", "MAIL_DOMAINS", "acme,example"],
    ["a domain with two dots", "MAIL_DOMAINS", "acme.example acme..de"],
    ["an address for a domain", "MAIL_DOMAINS", "help@acme.example"],
    ["no domain at all", "MAIL_DOMAINS", " , "],
    ["a mailbox that is no address", "GRAPH_MAILBOX", "help at acme.example"],
    ["a client secret over two lines", "GRAPH_CLIENT_SECRET", `a\n${THE_SECRET}`],
    ["the client's prefix, twice", "ACME_SLACK_BOT_TOKEN", `xoxb-${THE_SECRET}`],
  ])("%s", (_, name, value) => {
    const said = slipIn("acme", name, value);
    expect(said).toMatch(/Nothing was changed/);
    // Q3: not even a wrong value is shown.
    expect(said).not.toContain(THE_SECRET);
  });

  test.each([
    ["SLACK_BOT_TOKEN", "xoxb-1-2-abc"],
    ["SLACK_SIGNING_SECRET", "8f742231b10e8888abcd99yyyzzz85a5"],
    ["RESEND_API_KEY", "re_123"],
    ["MAIL_FROM", "ACME support <support@acme.example>"],
    ["SMTP_URL", "smtps://user%40acme.example:p%25ss@mail.example"],
    ["IMAP_URL", "imaps://help%40acme.example:p%25ss@imap.acme.example/INBOX"],
    ["MAIL_DOMAINS", "acme.example, @acme.de; xn--bcher-kva.example"],
    ["GRAPH_MAILBOX", "help@acme.example"],
    ["DATABASE_URL", "whatever a lease reads"],
    ["OWN_CERTIFICATE", "several\nlines"],
  ])("%s as it should be", (name, value) => expect(slipIn("acme", name, value)).toBeNull());
});
