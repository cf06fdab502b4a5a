// A body part under a key of its own: AES-256-GCM, the key derived from the data key for this entry and part alone, so that
// showing one key shows one part of one entry.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import type { EntryId, TenantId } from "#kernel";
import { hmac, hmacKeyOf } from "#keys/io";
import type { BodyCommitment, Part } from "../leaf.ts";

const NONCE = 12;
const TAG = 16;
const KC = Buffer.from("kc");

/** Where a part stands: bound into it, so that it opens nowhere else. */
export interface Where {
  readonly tenant: TenantId;
  readonly entry: EntryId;
  readonly part: Part;
}

export interface SealedPart {
  readonly commitment: BodyCommitment;
  /** Nonce, ciphertext and tag: what the commitment's hash is of. */
  readonly bytes: Buffer;
}

/** HKDF-SHA256's extraction (RFC 5869, 2.2), without salt. */
const extracted = hmacKeyOf((dek) => createHmac("sha256", Buffer.alloc(32)).update(dek).digest());

/** Its expansion to one block: info `countersign/audit/v1/<entry>/<part>`. */
export const entryKey = (dek: Uint8Array, { entry, part }: Where): Buffer =>
  hmac(extracted(dek), `countersign/audit/v1/${entry}/${part}\u0001`);

const contextOf = ({ tenant, entry, part }: Where): Buffer =>
  Buffer.from(`countersign/audit/v1\n${tenant}\n${entry}\n${part}`);

const keyCommitment = (key: Uint8Array): string => hash("sha256", Buffer.concat([KC, key]), "hex");

/** `h` of the leaf. */
export const bodyHash = (nonce: Uint8Array, ct: Uint8Array): string =>
  hash("sha256", Buffer.concat([nonce, ct]), "hex");

/** Asked for by the hundred: one call for each would cost as much as the hashing. */
const NONCES = NONCE * 256;
let random = Buffer.alloc(0);
function freshNonce(): Buffer {
  if (random.length === 0) random = randomBytes(NONCES);
  // INVARIANT: what was given out is cut off, so that no two parts share a nonce.
  const nonce = random.subarray(0, NONCE);
  random = random.subarray(NONCE);
  return nonce;
}

export function sealPart(dek: Uint8Array, where: Where, plain: Uint8Array): SealedPart {
  const key = entryKey(dek, where);
  const nonce = freshNonce();
  // A KeyObject: given as bytes, the key costs twice what the encryption does.
  const cipher = createCipheriv("aes-256-gcm", createSecretKey(key), nonce, { authTagLength: TAG });
  cipher.setAAD(contextOf(where));
  const bytes = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const commitment = { h: hash("sha256", bytes, "hex"), kc: keyCommitment(key), len: bytes.length - NONCE };
  return { commitment, bytes };
}

export const nonceOf = ({ bytes }: SealedPart): Buffer => bytes.subarray(0, NONCE);
/** Ciphertext and tag. */
export const ctOf = ({ bytes }: SealedPart): Buffer => bytes.subarray(NONCE);

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
  const decipher = createDecipheriv("aes-256-gcm", createSecretKey(key), sealed.nonce, { authTagLength: TAG })
    .setAAD(contextOf(where))
    .setAuthTag(sealed.ct.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.ct.subarray(0, end)), decipher.final()]);
  } catch {
    return null;
  }
}
