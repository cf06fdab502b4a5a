// Text forms of bytes, strict in both directions: what two spellings have, two signatures can be hidden behind.

const HEX = /^(?:[0-9a-f]{2})*$/;

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += PAIRS[bytes[i] ?? 0] ?? "";
  return text;
}

/** Lower case only; null for anything else. */
export function fromHex(text: string): Uint8Array | null {
  if (!HEX.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** RFC 4648, 4, with padding. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** By character; -1 for what is none of the alphabet. */
const SEXTETS = new Int8Array(256).fill(-1);
for (let value = 0; value < ALPHABET.length; value++) SEXTETS[ALPHABET.charCodeAt(value)] = value;

/** null unless `text` is the one canonical spelling: padded, no white space, no stray bits. Bodies are read with it, by the million. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const sextet = (at: number): number => SEXTETS[text.charCodeAt(at)] ?? -1;
  const whole = text.length - (padding === 0 ? 0 : 4);
  let at = 0;
  for (let i = 0; i < whole; i += 4) {
    // A character that is none makes all of it negative.
    const four = (sextet(i) << 18) | (sextet(i + 1) << 12) | (sextet(i + 2) << 6) | sextet(i + 3);
    if (four < 0) return null;
    bytes[at++] = four >> 16;
    bytes[at++] = four >> 8;
    bytes[at++] = four;
  }
  if (padding === 0) return bytes;
  const last = (sextet(whole) << 18) | (sextet(whole + 1) << 12) | (padding === 1 ? sextet(whole + 2) << 6 : 0);
  if (last < 0 || (last & (padding === 1 ? 0xff : 0xffff)) !== 0) return null;
  bytes[at++] = last >> 16;
  if (padding === 1) bytes[at] = last >> 8;
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
