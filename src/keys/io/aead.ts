// AES-256-GCM as this room stores it: nonce (12 bytes), ciphertext, tag (16 bytes).

import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";

const NONCE = 12;
const TAG = 16;

export function lock(key: Uint8Array, plain: Uint8Array, context: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE);
  // A KeyObject: given as bytes, the key costs twice what the encryption does.
  const cipher = createCipheriv("aes-256-gcm", createSecretKey(key), nonce, { authTagLength: TAG }).setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** null: not what this key locked for this context. */
export function unlock(key: Uint8Array, locked: Uint8Array, context: Uint8Array): Buffer | null {
  if (locked.length < NONCE + TAG) return null;
  const end = locked.length - TAG;
  const decipher = createDecipheriv("aes-256-gcm", createSecretKey(key), locked.subarray(0, NONCE), {
    authTagLength: TAG,
  })
    .setAAD(context)
    .setAuthTag(locked.subarray(end));
  try {
    return Buffer.concat([decipher.update(locked.subarray(NONCE, end)), decipher.final()]);
  } catch {
    return null;
  }
}
