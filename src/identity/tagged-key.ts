// The text of a key: a tag, 64 hexadecimal digits of a random secret, 8 of a checksum. The tag lets a scanner find a key that
// was pasted somewhere, the checksum lets it be sure without asking anybody.

import { fromHex, hex, sha256 } from "#verifier";

export const SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;
const DIGITS = 2 * (SECRET_BYTES + CHECKSUM_BYTES);
const utf8 = new TextEncoder();

const checksum = (tagged: string): string => hex(sha256(utf8.encode(tagged)).subarray(0, CHECKSUM_BYTES));

export function formatTagged(tag: string, secret: Uint8Array): string {
  const tagged = `${tag}${hex(secret)}`;
  return `${tagged}${checksum(tagged)}`;
}

/** False for what cannot be a key with this tag, whoever issued it: mistyped, cut off, something else. */
export function isTagged(tag: string, text: string): boolean {
  if (text.length !== tag.length + DIGITS || !text.startsWith(tag)) return false;
  const digits = text.slice(tag.length);
  const tagged = text.slice(0, tag.length + 2 * SECRET_BYTES);
  return /^[0-9a-f]+$/.test(digits) && fromHex(digits) !== null && text === `${tagged}${checksum(tagged)}`;
}

/** What is stored. It has 256 random bits, so its hash needs neither salt nor slowness. */
export const keyHash = (text: string): Uint8Array => sha256(utf8.encode(text));

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,59}$/;
/** Shown in lists and in the log's bodies. */
export const isKeyName = (name: string): boolean => NAME.test(name);
