// From MIME to what is read of a mail. The parsing is postal-mime's; nothing of it is fetched or unpacked, and HTML is read as words.

import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { addressParser } from "postal-mime";
import { z } from "zod";
import type { ReadMail } from "#tickets";
import type { Arrived } from "./ports.ts";
import { wordsOfHtml } from "./html.ts";
import { LIMITS } from "./limits.ts";

const ID = /<([^<>\s]{1,500})>/g;
const idsIn = (text: string | undefined): readonly string[] => [...(text ?? "").matchAll(ID)].map(([, id]) => id ?? "");

const BOUNDS = { maxNestingDepth: 20, maxHeadersSize: 256 * 1024 };
const UNREAD = "(What it says could not be read here. It is in the mailbox.)";

/** null: nobody is named in its From, or it is no mail. */
export async function readMail({ mime: all, receivedAt, ...arrived }: Arrived): Promise<ReadMail | null> {
  const digest = createHash("sha256").update(all).digest("hex");
  const mime = all.subarray(0, afterLine(all, LIMITS.mailLines));
  const cut = arrived.cut || mime.byteLength < all.byteLength;
  const whole = await parsed(mime);
  // Built to be unreadable, or broken: that it came, from whom, and what it says it answers still counts.
  const mail = whole ?? (await parsed(headOf(mime)));
  const address = mail?.from?.address ?? "";
  if (mail === null || !/^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/.test(address)) return null;
  const plain = mail.text ?? "";
  return {
    messageId: idsIn(mail.messageId)[0] ?? digest,
    digest,
    answers: [...new Set([...idsIn(mail.inReplyTo), ...idsIn(mail.references).toReversed()])],
    from: { name: mail.from?.name ?? "", address },
    authors: authorsOf(mail),
    subject: mail.subject ?? "",
    text: whole === null ? UNREAD : plain.trim() === "" ? wordsOfHtml(mail.html ?? "") : plain,
    cut,
    headers: mail.headers.map(({ key, value }) => ({ name: key.toLowerCase(), value })),
    attachments: mail.attachments.map(({ filename, mimeType }) => filename ?? mimeType),
    receivedAt,
  };
}

const mailShape = z.object({
  messageId: z.string().optional(),
  inReplyTo: z.string().optional(),
  references: z.string().optional(),
  from: z.object({ name: z.string(), address: z.string().optional() }).optional(),
  subject: z.string().optional(),
  text: z.string().optional(),
  html: z.string().optional(),
  headers: z.array(z.object({ key: z.string(), value: z.string() })),
  attachments: z.array(z.object({ filename: z.string().nullable(), mimeType: z.string() })),
});
type Email = z.infer<typeof mailShape>;

const APART = new URL("parse-apart.ts", import.meta.url);
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

/** null: it cannot be read, or not in time. INVARIANT: nobody's calls, and not the kill switch, wait for somebody's mail. */
function parsed(mime: Uint8Array): Promise<Email | null> {
  const worker = new Worker(APART, { workerData: { mime, bounds: BOUNDS }, env: {}, resourceLimits: MEMORY });
  return new Promise((resolve) => {
    const settle = (message: unknown): void => {
      clearTimeout(timer);
      void worker.terminate();
      resolve(mailShape.safeParse(message).data ?? null);
    };
    const timer = setTimeout(settle, LIMITS.parseMs, null);
    worker.once("message", settle);
    worker.once("error", () => settle(null));
    worker.once("exit", () => settle(null));
  });
}

/** Where so many lines end. INVARIANT: what a mail costs to read goes by its lines, and nobody else may wait for it. */
function afterLine(mime: Uint8Array, lines: number): number {
  let at = 0;
  for (let line = 0; line < lines; line += 1) {
    const end = mime.indexOf(0x0a, at);
    if (end < 0) return mime.byteLength;
    at = end + 1;
  }
  return at;
}

/** Up to the first empty line, and no further than headers may go. */
function headOf(mime: Uint8Array): Uint8Array {
  const head = Buffer.from(mime.buffer, mime.byteOffset, Math.min(mime.byteLength, BOUNDS.maxHeadersSize / 2));
  const ends = ["\r\n\r\n", "\n\n"].map((gap) => head.indexOf(gap)).filter((at) => at >= 0);
  return head.subarray(0, Math.min(head.byteLength, ...ends));
}

/** Of all its From headers: a server that checks one of them has said nothing about another. */
function authorsOf({ headers }: Email): number {
  const mailboxes = headers
    .filter(({ key }) => key === "from")
    .map(({ value }) => addressParser(value, { flatten: true }).filter(({ address }) => (address ?? "") !== "").length);
  return mailboxes.reduce((all, each) => all + Math.max(each, 1), 0);
}
