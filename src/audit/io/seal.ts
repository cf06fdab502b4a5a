// A body part under a key of its own: AES-256-GCM, the key derived from the data key for this entry and part alone, so that
// showing one key shows one part of one entry.

import { createCipheriv, createDecipheriv, hash, randomBytes, timingSafeEqual } from "node:crypto";
import type { EntryId, TenantId } from "#kernel";
import type { BodyCommitment, Part } from "../leaf.ts";
import { hmac, hmacKey } from "./hmac.ts";

const NONCE = 12;
const TAG = 16;
const NO_SALT = hmacKey(Buffer.alloc(32));
const KC = Buffer.from("kc");

/** Where a part stands: bound into it, so that it opens nowhere else. */
export interface Where {
  readonly tenant: TenantId;
  readonly entry: EntryId;
  readonly part: Part;
}

export interface SealedPart {
  readonly commitment: BodyCommitment;
  readonly nonce: Buffer;
  /** Ciphertext and tag. */
  readonly ct: Buffer;
}

/** HKDF-SHA256 (RFC 5869) of one block: without salt, info `countersign/audit/v1/<entry>/<part>`. */
export function entryKey(dek: Uint8Array, { entry, part }: Where): Buffer {
  const extracted = hmac(NO_SALT, dek);
  return hmac(hmacKey(extracted), Buffer.from(`countersign/audit/v1/${entry}/${part}\u0001`));
}

const contextOf = ({ tenant, entry, part }: Where): Buffer =>
  Buffer.from(`countersign/audit/v1\n${tenant}\n${entry}\n${part}`);

const keyCommitment = (key: Uint8Array): string => hash("sha256", Buffer.concat([KC, key]), "hex");

/** `h` of the leaf. */
export const bodyHash = (nonce: Uint8Array, ct: Uint8Array): string =>
  hash("sha256", Buffer.concat([nonce, ct]), "hex");

export function sealPart(dek: Uint8Array, where: Where, plain: Uint8Array): SealedPart {
  const key = entryKey(dek, where);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG }).setAAD(contextOf(where));
  const ct = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { commitment: { h: bodyHash(nonce, ct), kc: keyCommitment(key), len: ct.length }, nonce, ct };
}

/** null: another key than the one committed to, or it does not open here. */
export function openPart(
  dek: Uint8Array,
  where: Where,
  sealed: { readonly nonce: Uint8Array; readonly ct: Uint8Array; readonly kc: string },
): Buffer | null {
  const key = entryKey(dek, where);
  const [expected, found] = [Buffer.from(sealed.kc), Buffer.from(keyCommitment(key))];
  if (expected.length !== found.length || !timingSafeEqual(expected, found)) return null;
  if (sealed.ct.length < TAG || sealed.nonce.length !== NONCE) return null;
  const end = sealed.ct.length - TAG;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.nonce, { authTagLength: TAG })
    .setAAD(contextOf(where))
    .setAuthTag(sealed.ct.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.ct.subarray(0, end)), decipher.final()]);
  } catch {
    return null;
  }
}
