// What stands in a client's sealed file is read much later, by a job, where nobody looks. So a slip is told while somebody does.

import { isAddress, isSender } from "#notify";
import { smtpPlace } from "#notify/io";
import { openImap } from "#mail";
import { variableOf } from "#tenants";

const DOMAIN = /^@?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;
const domains = (text: string): readonly string[] => text.split(/[\s,;]+/).filter((each) => each !== "");

interface Shape {
  readonly fits: (value: string) => boolean;
  /** What it is instead. INVARIANT: never with the value in it. */
  readonly is: string;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  SLACK_BOT_TOKEN: {
    fits: (value) => /^xoxb-\S+$/.test(value),
    is: "the bot's token, which begins with xoxb- (Slack: OAuth & Permissions)",
  },
  SLACK_SIGNING_SECRET: {
    fits: (value) => /^(?!xox)[\x21-\x7e]+$/.test(value),
    is: "the app's signing secret, not a token (Slack: Basic Information)",
  },
  RESEND_API_KEY: { fits: (value) => /^re_\S+$/.test(value), is: "a key of Resend's, which begins with re_" },
  MAIL_FROM: { fits: isSender, is: "an address, or a name with one: ACME support <support@acme.example>" },
  SMTP_URL: {
    fits: (value) => !/\s/.test(value) && smtpPlace(value) !== null,
    is: "smtps://user:password@host, or smtp:// with STARTTLS. User and password are percent-encoded: @ as %40, % as %25",
  },
  IMAP_URL: {
    fits: (value) => !/\s/.test(value) && openImap(value) !== null,
    is: "imaps://user:password@host/INBOX. User and password are percent-encoded: @ as %40, % as %25",
  },
  GRAPH_TENANT: {
    fits: (value) => /^[A-Za-z0-9.-]+$/.test(value),
    is: "the directory's id, from the application's overview in Entra",
  },
  GRAPH_CLIENT_ID: {
    fits: (value) => /^[A-Za-z0-9-]+$/.test(value),
    is: "the application's id, from its overview in Entra",
  },
  GRAPH_CLIENT_SECRET: { fits: (value) => /^[\x21-\x7e]+$/.test(value), is: "the secret's Value, in one line" },
  GRAPH_MAILBOX: { fits: isAddress, is: "the mailbox's address: help@acme.example" },
  MAIL_DOMAINS: {
    fits: (value) => domains(value).length > 0 && domains(value).every((each) => DOMAIN.test(each)),
    is: "domains, with commas between them: acme.example, acme.de",
  },
};

/** Why this is not what the name says. null: it may be, or the name is nobody's here. */
export function slipIn(prefix: string, name: string, value: string): string | null {
  const own = variableOf(prefix, "");
  if (name.startsWith(own))
    return `The name is given without the client's prefix: ${name.slice(own.length) || "DATABASE_URL"}. Nothing was changed.`;
  const shape = SHAPES[name];
  return shape === undefined || shape.fits(value)
    ? null
    : `That is no ${name}: it is ${shape.is}. Nothing was changed, and what came in is not kept.`;
}
