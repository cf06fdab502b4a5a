// HMAC-SHA256 (RFC 2104) from one-shot hashes: a small part of the time of the streaming one for the few dozen bytes it is used on
// here, nine times for each entry, and for each sealed column. A hash comes as a text of one character a byte, since making a Buffer for each costs more than the hashing.

import { hash } from "node:crypto";

const BLOCK = 64;
const DIGEST = 32;

/** The key's two padded blocks, the outer one with room for the inner hash. */
export interface HmacKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

/** `key`: at most 64 bytes, which every key here is. */
function hmacKey(key: Uint8Array): HmacKey {
  const inner = Buffer.alloc(BLOCK, 0x36);
  const outer = Buffer.alloc(BLOCK + DIGEST, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return { inner, outer };
}

/** Made once for each data key, and gone with it. */
export function hmacKeyOf(derive: (dek: Uint8Array) => Uint8Array): (dek: Uint8Array) => HmacKey {
  const known = new WeakMap<Uint8Array, HmacKey>();
  return (dek) => {
    const there = known.get(dek);
    if (there !== undefined) return there;
    const made = hmacKey(derive(dek));
    known.set(dek, made);
    return made;
  };
}

export const hmac = (key: HmacKey, message: string | Uint8Array): Buffer =>
  Buffer.from(outerHash(key, message, "binary"), "binary");
export const hmacHex = (key: HmacKey, message: string): string => outerHash(key, message, "hex");

function outerHash({ inner, outer }: HmacKey, message: string | Uint8Array, encoding: "binary" | "hex"): string {
  const first = Buffer.allocUnsafe(BLOCK + Buffer.byteLength(message));
  inner.copy(first);
  if (typeof message === "string") first.write(message, BLOCK);
  else first.set(message, BLOCK);
  // Nothing is awaited between these two lines, so that nobody else writes into the same block.
  outer.write(hash("sha256", first, "binary"), BLOCK, DIGEST, "binary");
  return hash("sha256", outer, encoding);
}
