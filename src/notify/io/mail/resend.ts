// Resend, by its own client. Its idempotency key is ours: https://resend.com/docs/dashboard/emails/idempotency-keys

import { Resend } from "resend";
import type { Instant } from "#kernel";
import { limits } from "../../limits.ts";
import type { Mail } from "../../render/mail.ts";
import type { Sent } from "../../types.ts";

export interface ResendAsked {
  readonly apiKey: string;
  readonly url: string | undefined;
  readonly mail: Mail;
  readonly key: string;
  readonly triedAt: Instant | null;
  readonly signal: AbortSignal;
  readonly onConflict: (key: string) => void;
}

export async function sendByResend({ apiKey, url, mail, key, triedAt, onConflict }: ResendAsked): Promise<Sent> {
  // INVARIANT: what may have been sent under a key that Resend has forgotten since is not sent a second time.
  if (triedAt !== null && Date.now() - triedAt > limits.idempotentMs)
    return { kind: "refused", why: "Whether it arrived was not known for a day; it was not sent a second time." };
  const client = new Resend(apiKey, url === undefined ? {} : { baseUrl: url });
  const { from, to, subject, text, headers, messageId } = mail;
  const { data, error } = await client.emails.send(
    { from, to, subject, text, headers: { ...headers, "Message-ID": messageId } },
    { idempotencyKey: key },
  );
  if (error === null) return { kind: "taken", receipt: { resend: data.id, messageId } };
  const status = error.statusCode ?? 0;
  if (status === 409 && error.name === "invalid_idempotent_request") {
    // It has a mail under this key, with other words: the reader was told.
    onConflict(key);
    return { kind: "taken", receipt: { resend: null, messageId, conflict: true } };
  }
  if (status === 401 || status === 403) return { kind: "unset", missing: ["RESEND_API_KEY"] };
  const why = `Resend said ${status === 0 ? "nothing" : status}: ${/^[a-z_]{1,60}$/.test(error.name) ? error.name : "an error"}.`;
  return status === 400 || status === 422 ? { kind: "refused", why } : { kind: "later", why, afterMs: null };
}
