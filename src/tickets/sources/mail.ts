// A mail as a message on a ticket. Pure: what its headers say about who wrote it, and what of it belongs to whom.
// Automatic mail: RFC 3834, RFC 2919, RFC 2369; delivery reports: RFC 3464; authentication results: RFC 8601.

import type { Instant } from "#kernel";
import type { Sender } from "../decide.ts";
import type { Heard } from "../heard.ts";
import { SOURCE_LIMITS } from "./limits.ts";
import { nameOf, textOf, titleOf } from "./words.ts";

export interface ReadMail {
  /** Without angle brackets; of a mail without one, a name that is made of its whole text. */
  readonly messageId: string;
  /** Of all its bytes: SHA-256 in hex. */
  readonly digest: string;
  readonly answers: readonly string[];
  readonly from: { readonly name: string; readonly address: string };
  /** Mailboxes that its From headers name, all of them together. */
  readonly authors: number;
  readonly subject: string;
  readonly text: string;
  /** It goes on in the mailbox. */
  readonly cut: boolean;
  /** Names lower case, in the order of the mail: the newest hop's first. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly string[];
  /** When our mailbox had it: the sender's own clock is the sender's word. */
  readonly receivedAt: Instant;
}

export interface MailFacts {
  /** The client's, in lower case. */
  readonly prefix: string;
  /** Addresses of the mailbox and of what we send from. Lower case. */
  readonly own: readonly string[];
  /** Of the client's own people, as `acme.example`. Lower case. */
  readonly domains: readonly string[];
}

export interface JudgedMail {
  readonly heard: Heard;
  /**
   * null: it is heard. `forged`: the server that received it says that it is not from where it says. `stranger`: it names several authors,
   * and whichever a server has checked, another may be shown.
   */
  readonly aside: "forged" | "stranger" | null;
  /** It names a ticket or a mail that it answers. */
  readonly claims: boolean;
}

export const mailConversation = (messageId: string): string => `mail:${messageId}`;

const valuesOf = ({ headers }: Pick<ReadMail, "headers">, name: string): readonly string[] =>
  headers.filter((each) => each.name === name).map(({ value }) => value.trim().toLowerCase());

const CUT = "\n\n(It is larger than what is read here. The rest is in the mailbox.)";

const OUR_MARK = "x-countersign-notice";

export function judgeMail(mail: ReadMail, facts: MailFacts): JudgedMail {
  const address = mail.from.address.toLowerCase();
  const sender = senderOf(mail, address, facts);
  const aside = isForged(mail) ? "forged" : mail.authors > 1 ? "stranger" : null;
  const vouched = aside === null && facts.domains.includes(address.slice(address.lastIndexOf("@") + 1));
  const number = ticketNumber(mail.subject, facts.prefix);
  const answers = mail.answers.slice(0, SOURCE_LIMITS.answers).map(mailConversation);
  const named =
    mail.attachments.length === 0
      ? ""
      : `\n\n(With ${mail.attachments.length} attached: ${mail.attachments
          .slice(0, 20)
          .map((each) => titleOf(each, "a file"))
          .join(", ")}. They are in the mailbox.)`;
  return {
    aside,
    claims: number !== null || answers.length > 0,
    heard: {
      channel: "mail",
      conversation: mailConversation(mail.messageId),
      answers: aside === null ? answers : [],
      number: aside === null ? number : null,
      message: mailConversation(mail.messageId),
      sender,
      from: { name: nameOf(mail.from.name === "" ? address : mail.from.name), address, id: null },
      title: titleOf(withoutPrefixes(mail.subject), "A mail without a subject"),
      text: textOf(withoutQuotes(mail.text.slice(0, SOURCE_LIMITS.mailText))) + (mail.cut ? CUT : "") + named,
      sentAt: mail.receivedAt,
      opens: vouched && sender === "client_person",
      repository: null,
      vouched,
    },
  };
}

/** INVARIANT (T10, T11): what a machine sends by itself is nobody's answer, and what we sent is not heard. */
function senderOf(mail: ReadMail, address: string, { own }: MailFacts): Sender {
  if (own.includes(address) || valuesOf(mail, OUR_MARK).length > 0) return "ourselves";
  return isAutomatic(mail, address) ? "auto_reply" : "client_person";
}

function isAutomatic(mail: ReadMail, address: string): boolean {
  const has = (name: string): boolean => valuesOf(mail, name).length > 0;
  if (valuesOf(mail, "auto-submitted").some((value) => !/^no\b/.test(value))) return true;
  if (valuesOf(mail, "precedence").some((value) => /^(?:bulk|junk|list|auto_reply)\b/.test(value))) return true;
  if (
    ["list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-auto-reply-from", "x-failed-recipients"].some(
      has,
    )
  )
    return true;
  if (valuesOf(mail, "return-path").includes("<>")) return true;
  if (valuesOf(mail, "content-type").some((value) => value.startsWith("multipart/report"))) return true;
  return /^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+.-][^@]*)?@/.test(address);
}

/**
 * What the last server says, whose header is the first; it may say it in several. Whoever sends can write the others, and gains nothing by
 * it: only a failure counts. compauth is Microsoft's, for domains that publish no DMARC.
 */
function isForged(mail: ReadMail): boolean {
  const results = valuesOf(mail, "authentication-results");
  const server = (value: string): string => value.slice(0, value.indexOf(";")).trim();
  const last = server(results[0] ?? "");
  return results
    .filter((each, turn) => turn === 0 || (last !== "" && server(each) === last))
    .some((each) => /\b(?:dmarc=(?:fail|permerror)|compauth=fail)\b/.test(each));
}

/** `[ACME-7]`. */
export function ticketNumber(subject: string, prefix: string): number | null {
  const found = new RegExp(`\\[${prefix}-([1-9]\\d{0,8})\\]`, "i").exec(subject);
  return found === null ? null : Number(found[1]);
}

const withoutPrefixes = (subject: string): string =>
  subject.replace(/^(?:\s*(?:re|aw|wg|fw|fwd|sv|antw|rv|tr)\s*(?:\[\d+\])?:)+/i, "").trim();

/** Lines with which programs begin what they quote below. */
const ATTRIBUTION =
  /^(?:-{2,}\s*(?:original message|ursprüngliche nachricht|forwarded message|weitergeleitete nachricht)\s*-{2,}|_{20,}|on .{5,200}(?:wrote|a écrit):|am .{5,200}schrieb.{0,200}:|le .{5,200}a écrit\s?:)$/i;

/**
 * Conservative: only what is quoted at the end goes, from a line that says so or in lines that begin with `>`; an answer between quoted lines
 * stays with them. Where nothing would be left, all of it stays.
 */
export function withoutQuotes(text: string): string {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const quoted = quotedFrom(lines);
  let end = lines.findIndex(
    (line, at) => at > 0 && ATTRIBUTION.test(line.trim()) && (/^\s*[-_]{2,}/.test(line) || quoted[at + 1] === true),
  );
  if (end < 0) end = lines.length;
  while (end > 0 && /^\s*(?:>.*)?$/.test(lines[end - 1] ?? "")) end -= 1;
  const attribution = lines[end - 1]?.trim() ?? "";
  if (end < lines.length && ATTRIBUTION.test(attribution)) end -= 1;
  const kept = lines.slice(0, end).join("\n").trimEnd();
  return kept === "" ? text.trim() : kept;
}

/**
 * For each line, whether everything from there on is quoted; there must be something. Below a line of dashes everything is, whatever it
 * looks like. From the end, and each line once: a mail of nothing but "wrote:" must not take a minute.
 */
function quotedFrom(lines: readonly string[]): readonly boolean[] {
  const quoted = Array.from<boolean>({ length: lines.length }).fill(false);
  let [all, some] = [true, false];
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at]?.trimStart() ?? "";
    if (line !== "") {
      all &&= line.startsWith(">");
      some = true;
    }
    quoted[at] = all && some;
  }
  return quoted;
}
