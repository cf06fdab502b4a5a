// Before anything is parsed: the parser reads only up to a NUL, and overflows its stack on long chains.

import { LIMITS } from "./limits.ts";
import { placeOf } from "./place.ts";
import type { Refusal, Rule } from "./refusal.ts";
import { RULES } from "./rules.ts";

/** Control characters but tab, LF and CR; and what reorders the text that a person reviews. */
// oxlint-disable-next-line no-control-regex -- these are what is refused
const REFUSED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;

const NONE: readonly Refusal[] = [];
const utf8 = new TextEncoder();

export function checkText(text: string): readonly Refusal[] {
  // INVARIANT: length first; nothing below looks at a text of unbounded size.
  // A UTF-16 unit takes at most three bytes: most texts need not be counted.
  if (
    text.length > LIMITS.textBytes ||
    (text.length * 3 > LIMITS.textBytes && utf8.encode(text).length > LIMITS.textBytes)
  )
    return [refusal("text.too_long", null, `${text.length.toString()} characters`)];
  if (!text.isWellFormed()) return [refusal("text.encoding", null, "half of a surrogate pair")];
  if (text.search(REFUSED) < 0) return NONE;
  return [...text.matchAll(REFUSED)]
    .slice(0, LIMITS.refusals)
    .map(({ index, 0: character }) =>
      refusal("text.control_character", placeOf(text, index, index + 1), codePoint(character)),
    );
}

/** Of a whole file: no NUL, behind which the parser would read nothing, and no more than it may hold. */
export const checkFile = (text: string): boolean =>
  text.length <= LIMITS.fileCharacters && text.isWellFormed() && !text.includes("\0");

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

function refusal(rule: Rule, at: Refusal["at"], text: string): Refusal {
  return { rule, at, text, ...RULES[rule] };
}
