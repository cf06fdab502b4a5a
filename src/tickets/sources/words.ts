// What strangers wrote, made fit to be kept and shown: bounded, and without what is not seen.

import { SOURCE_LIMITS } from "./limits.ts";

const CUT = "\n\n(The rest is where it was written.)";

/** One printable line; `otherwise` where nothing is left. */
export function titleOf(text: string, otherwise: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return shortened(line === "" ? otherwise : line, SOURCE_LIMITS.title);
}

export const nameOf = (text: string): string => shortened(titleOf(text, "somebody"), SOURCE_LIMITS.name);

/** Lines stay; control characters go, and bidirectional overrides with them, which would show another text than is read. */
export function textOf(text: string): string {
  const plain = text
    .replaceAll("\r\n", "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, ""); // oxlint-disable-line no-control-regex -- control characters are what goes
  return plain.length <= SOURCE_LIMITS.text ? plain : whole(plain.slice(0, SOURCE_LIMITS.text)) + CUT;
}

const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${whole(text.slice(0, most - 1))}…`;

/** Never half a character. */
const whole = (text: string): string => text.replace(/[\uD800-\uDBFF]$/, "");
