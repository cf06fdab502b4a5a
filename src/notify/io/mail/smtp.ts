// Any mail server, over SMTP. It has no key for idempotence: the same notice has the same Message-ID, by which mailboxes know it again.

import { createTransport } from "nodemailer";
import { z } from "zod";
import { limits } from "../../limits.ts";
import type { Mail } from "../../render/mail.ts";
import type { Sent } from "../../types.ts";

const failure = z.object({ code: z.string().optional(), responseCode: z.int().optional() });

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What was percent-encoded. null: a password with a bare `%` was not. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Only what was meant: a host, whether with TLS from the first byte, and a login. A URL's query would set anything. */
export function smtpPlace(url: string) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || (parsed.protocol !== "smtp:" && parsed.protocol !== "smtps:") || parsed.hostname === "")
    return null;
  const secure = parsed.protocol === "smtps:";
  const [user, pass] = [decoded(parsed.username), decoded(parsed.password)];
  if (user === null || pass === null) return null;
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: parsed.port === "" ? (secure ? 465 : 587) : Number(parsed.port),
    secure,
    // INVARIANT: no password, and no client's words, cross a network in clear.
    requireTLS: !secure && !LOOPBACK.test(parsed.hostname),
    ...(user === "" ? {} : { auth: { user, pass } }),
  };
}

export async function sendBySmtp(url: string, mail: Mail): Promise<Sent> {
  const place = smtpPlace(url);
  if (place === null) return { kind: "unset", missing: ["SMTP_URL"] };
  const transport = createTransport({
    ...place,
    connectionTimeout: limits.sendMs / 3,
    greetingTimeout: limits.sendMs / 3,
    socketTimeout: limits.sendMs / 3,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const { from, to, subject, text, messageId, headers } = mail;
    await transport.sendMail({ from, to, subject, text, messageId, headers: { ...headers } });
    return { kind: "taken", receipt: { messageId } };
  } catch (error) {
    const { data } = failure.safeParse(error);
    const response = data?.responseCode ?? 0;
    if (data?.code === "EAUTH") return { kind: "unset", missing: ["SMTP_URL"] };
    const why = `The mail server said ${response === 0 ? "nothing" : response}.`;
    // Of the reader or of the mail itself. What a server says about TLS or a greeting may change.
    const never = response >= 500 && (data?.code === "EENVELOPE" || data?.code === "EMESSAGE");
    return never ? { kind: "refused", why } : { kind: "later", why, afterMs: null };
  } finally {
    transport.close();
  }
}
