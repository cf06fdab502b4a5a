import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

const ATTEMPTS = [
  "mail -s x a@example.com",
  "echo x | mail a@example.com",
  "mailx a@example.com",
  "sendmail a@example.com < x",
  "mutt -s x a@example.com",
  "msmtp a@example.com",
  "swaks --to a@example.com",
  "curl smtp://mail.example.com --mail-rcpt a@example.com",
  "curl https://api.sendgrid.com/v3/mail/send",
  "curl https://api.resend.com/emails",
  "aws ses send-email --to x",
  "git send-email x.patch",
  "openssl s_client -starttls smtp -connect mail:25",
];
const HONEST = ["git format-patch -1", "grep -r mail src"];

describe("24 email from the command line is RED", () => {
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("mail.unsolicited");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.unsolicited_mail" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(
            hazardsOf(line).filter((seen) => seen === "mail.unsolicited" || seen === "shell.unreadable"),
          ).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("mail.unsolicited"));
});
