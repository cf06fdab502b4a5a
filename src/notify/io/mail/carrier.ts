// Mail, by whichever way the client has set: Resend where there is a key for it, else SMTP.

import type { Carrier, Destination } from "../../types.ts";
import { isSender, mailOf } from "../../render/mail.ts";
import { valueOf, type Secret } from "../secrets.ts";
import { sendByResend } from "./resend.ts";
import { sendBySmtp } from "./smtp.ts";

type ToMail = Extract<Destination, { kind: "mail" }>;

export const MAIL_NAMES = { from: "MAIL_FROM", resend: "RESEND_API_KEY", smtp: "SMTP_URL" } as const;

export interface MailPlace {
  readonly secret: Secret;
  /** Resend's own; another for an emulator. */
  readonly resendUrl?: string;
  /** A key that was used for another mail: somebody has to look at that. */
  readonly onConflict: (key: string) => void;
}

export function mailCarrier({ secret, resendUrl, onConflict }: MailPlace): Carrier<ToMail> {
  return async ({ tenant, key, to, message, triedAt }, signal) => {
    const [from, resend, smtp] = await Promise.all(
      [MAIL_NAMES.from, MAIL_NAMES.resend, MAIL_NAMES.smtp].map((name) => valueOf(secret, tenant, name)),
    );
    // A slip in our own address loses nothing: what waits goes out once it is set right.
    if (from === null || from === undefined || !isSender(from)) return { kind: "unset", missing: [MAIL_NAMES.from] };
    const mail = mailOf({ key, from, to: to.to, subject: to.subject, answers: to.answers, message });
    if (mail === null) return { kind: "refused", why: "The address of the reader is no mail address." };
    if (typeof resend === "string")
      return sendByResend({ apiKey: resend, url: resendUrl, mail, key, triedAt, signal, onConflict });
    if (typeof smtp === "string") return sendBySmtp(smtp, mail);
    return { kind: "unset", missing: [MAIL_NAMES.resend, MAIL_NAMES.smtp] };
  };
}
