// The text of an API key: `csk_`, 64 hexadecimal digits of a random secret, 8 of a checksum. The tag lets a scanner find a
// key that was pasted somewhere, the checksum lets it be sure without asking anybody.

import { fromHex, hex, sha256 } from "#verifier";

export const KEY_TAG = "csk_";
export const SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;

export const CAPABILITIES = ["audit.read"] as const;
/** What a key allows, within its one tenant. */
export type Capability = (typeof CAPABILITIES)[number];

/** Days. A key without an end is a key that somebody forgets. */
export const expiry = { fallback: 90, max: 366 } as const;

const utf8 = new TextEncoder();
const SHAPE = /^csk_[0-9a-f]{72}$/;

const checksum = (tagged: string): string => hex(sha256(utf8.encode(tagged)).subarray(0, CHECKSUM_BYTES));

export function formatKey(secret: Uint8Array): string {
  const tagged = `${KEY_TAG}${hex(secret)}`;
  return `${tagged}${checksum(tagged)}`;
}

/** False for what cannot be a key of ours, whoever issued it: mistyped, cut off, something else. */
export function isKeyText(text: string): boolean {
  const tagged = text.slice(0, KEY_TAG.length + 2 * SECRET_BYTES);
  return SHAPE.test(text) && fromHex(text.slice(KEY_TAG.length)) !== null && text === `${tagged}${checksum(tagged)}`;
}

/** What is stored. */
export const keyHash = (text: string): Uint8Array => sha256(utf8.encode(text));

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,59}$/;
/** Shown in lists and in the log's bodies. */
export const isKeyName = (name: string): boolean => NAME.test(name);
