import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

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
  const floor = redBy("never.unsolicited_mail", "mail.unsolicited");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
