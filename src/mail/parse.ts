// From MIME to what is read of a mail. The parsing is postal-mime's; nothing of it is fetched, and HTML is read as words.

import { createHash } from "node:crypto";
import PostalMime from "postal-mime";
import type { Instant } from "#kernel";
import type { ReadMail } from "#tickets";

const ID = /<([^<>\s]{1,500})>/g;
const idsIn = (text: string | undefined): readonly string[] => [...(text ?? "").matchAll(ID)].map(([, id]) => id ?? "");

/** null: nobody is named in its From, or it is no mail. */
export async function readMail(mime: Uint8Array, receivedAt: Instant): Promise<ReadMail | null> {
  let parsed;
  try {
    parsed = await PostalMime.parse(mime, { maxNestingDepth: 20, maxHeadersSize: 256 * 1024 });
  } catch {
    return null;
  }
  const address = parsed.from?.address ?? "";
  if (!/^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/.test(address)) return null;
  const text = parsed.text ?? wordsOf(parsed.html ?? "");
  return {
    messageId: idsIn(parsed.messageId)[0] ?? createHash("sha256").update(mime).digest("hex"),
    answers: [...new Set([...idsIn(parsed.inReplyTo), ...idsIn(parsed.references).toReversed()])],
    from: { name: parsed.from?.name ?? "", address },
    subject: parsed.subject ?? "",
    text,
    headers: parsed.headers.map(({ key, value }) => ({ name: key.toLowerCase(), value })),
    attachments: parsed.attachments.map(({ filename, mimeType }) => filename ?? mimeType),
    receivedAt,
  };
}

/** For a mail that has no plain part. What is shown is text: nothing of it is ever rendered. */
const wordsOf = (html: string): string =>
  html
    .replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<(?:br|\/p|\/div|\/li|\/tr|\/h\d)\b[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&nbsp;/gi, " ")
    .replace(/&lt;/gi, "<")
    .replace(/&gt;/gi, ">")
    .replace(/&quot;/gi, '"')
    .replace(/&amp;/gi, "&")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
