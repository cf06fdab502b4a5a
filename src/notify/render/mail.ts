// A notice as mail: plain text, and the headers by which machines know what it is. The preview is this very value.

import { plain } from "#kernel";
import type { Message } from "#tickets";
import { markOf, messageId } from "../marks.ts";

export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MailAsked {
  /** The tenant's id and the notice's key. */
  readonly key: string;
  /** `ACME support <support@acme.example>`, or the address alone. */
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** Message-IDs of the mails before it, oldest first. */
  readonly answers: readonly string[];
  readonly message: Message;
}

/** One address, and nothing that would make it two, end a header, or have its server send it on to another (`a%b@c`, `c!a@b`). */
const ADDRESS = /^[^\s\p{C}@<>(),;:"\\[\]%!]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$/u;
export const isAddress = (text: string): boolean => ADDRESS.test(text);

const MESSAGE_ID = /^<[^\s\p{C}<>]{3,250}>$/u;
const REFERENCES = 20;

/** The address within `Name <address>`. null: there is none. */
export function addressOf(from: string): string | null {
  const inside = /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from;
  return isAddress(inside.trim()) ? inside.trim() : null;
}

/** Whether somebody can write by this: `Name <address>`, or the address, in one line. */
export const isSender = (from: string): boolean => addressOf(from) !== null && plain(from, Infinity) === from;

/** null: one of the addresses is none, so that there is nobody to write to, or nobody who writes. */
export function mailOf({ key, from, to, subject, answers, message }: MailAsked): Mail | null {
  const sender = addressOf(from);
  if (sender === null || !isSender(from) || !isAddress(to)) return null;
  const id = messageId(key, sender.slice(sender.lastIndexOf("@") + 1));
  const thread = answers.filter((each) => MESSAGE_ID.test(each)).slice(-REFERENCES);
  const last = thread.at(-1);
  const links = message.buttons.flatMap((button) =>
    "url" in button ? [`${plain(button.label, 80)}: ${button.url}`] : [],
  );
  return {
    from,
    to,
    // INVARIANT: one line, whatever the ticket's title holds: nobody adds a header by a title.
    subject: plain(subject, 250),
    text: `${[message.text.replaceAll("\r", "").trim(), ...links].filter((part) => part !== "").join("\n\n")}\n`,
    messageId: id,
    headers: {
      // RFC 3834, and Exchange's own word: no holiday reply comes back to us, and ours is never answered by a machine.
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      // Loop guard: by this we know our own again, wherever it comes back.
      "X-Countersign-Notice": markOf(key),
      ...(last === undefined ? {} : { "In-Reply-To": last, References: thread.join(" ") }),
    },
  };
}
