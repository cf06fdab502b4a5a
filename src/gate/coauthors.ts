// Co-authored-by trailers. Read anywhere in the message, as GitHub's own reading of what counts as the last paragraph
// has changed: a wider reading only excludes more people from approving.

import { userId } from "#kernel";
import type { UserId } from "#kernel";

export type Trailer =
  /** A noreply address that carries the account's id: proof enough to exclude that account. */
  | { readonly kind: "id"; readonly id: UserId; readonly login: string; readonly text: string }
  /** The older noreply form, by login alone. */
  | { readonly kind: "login"; readonly login: string; readonly text: string }
  | { readonly kind: "email"; readonly email: string; readonly text: string };

const TRAILER = /^[ \t]*co-authored-by[ \t]*:(.*)$/i;
const MAX_TEXT = 200;

export function trailersOf(message: string): readonly Trailer[] {
  return message.split(/\r\n|\n|\r/).flatMap((line) => {
    const value = TRAILER.exec(line)?.[1]?.trim();
    return value === undefined || value === "" ? [] : [trailer(value)];
  });
}

/** Plain string search, because the message is the attacker's: no pattern here can be made to backtrack. */
function trailer(value: string): Trailer {
  const text = value.slice(0, MAX_TEXT).toWellFormed();
  const open = value.lastIndexOf("<");
  const close = value.indexOf(">", open);
  const email = (open >= 0 && close > open ? value.slice(open + 1, close) : value).trim().toLowerCase();
  const at = email.lastIndexOf("@");
  const local = email.slice(0, at);
  if (at <= 0 || !email.slice(at + 1).startsWith("users.noreply.")) return { kind: "email", email, text };
  const plus = local.indexOf("+");
  const id = plus > 0 && /^\d{1,15}$/.test(local.slice(0, plus)) ? userId(Number(local.slice(0, plus))) : null;
  return id === null ? { kind: "login", login: local, text } : { kind: "id", id, login: local.slice(plus + 1), text };
}
