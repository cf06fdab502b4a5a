// WebCrypto, as Node and browsers have it. Handed in (`crypto.subtle`), so that this folder touches no global.

import { concat, hex } from "./bytes.ts";
import type { VerifyEd25519 } from "./cosignature.ts";
import type { Sha256 } from "./sha256.ts";
import type { SealedPart } from "./source.ts";

/** The part of SubtleCrypto that is used here. */
export interface Subtle {
  importKey(
    format: "raw",
    key: Uint8Array<ArrayBuffer>,
    algorithm: string,
    extractable: boolean,
    usages: ("verify" | "decrypt")[],
  ): Promise<unknown>;
  verify(
    algorithm: string,
    key: unknown,
    signature: Uint8Array<ArrayBuffer>,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>;
  decrypt(
    algorithm: { name: string; iv: Uint8Array<ArrayBuffer>; additionalData: Uint8Array<ArrayBuffer> },
    key: unknown,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<ArrayBuffer>;
}

/** WebCrypto takes no view of shared memory; a copy never is one. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

/** RFC 8032. False for whatever is no key or no signature. */
export const ed25519 =
  (subtle: Subtle): VerifyEd25519 =>
  async (publicKey, message, signature) => {
    try {
      const key = await subtle.importKey("raw", owned(publicKey), "Ed25519", false, ["verify"]);
      return await subtle.verify("Ed25519", key, owned(signature), owned(message));
    } catch {
      return false;
    }
  };

/** What a body is bound to: it opens only as this part of this entry of this tenant. */
const boundTo = (tenant: string, entry: string, part: number): Uint8Array =>
  new TextEncoder().encode(`countersign/audit/v1\n${tenant}\n${entry}\n${part}`);

/** Hex SHA-256 of "kc" and the key: what a leaf says of the key without saying it. */
export const keyCommitment = (sha256: Sha256, key: Uint8Array): string =>
  hex(sha256(concat(new TextEncoder().encode("kc"), key)));

/** The plaintext of a sealed part under the key disclosed for it (AES-256-GCM); null when it does not open. */
export async function openSealed(
  subtle: Subtle,
  tenant: string,
  sealed: SealedPart,
  key: Uint8Array,
): Promise<Uint8Array | null> {
  try {
    const aes = await subtle.importKey("raw", owned(key), "AES-GCM", false, ["decrypt"]);
    const additionalData = owned(boundTo(tenant, sealed.id, sealed.part));
    const algorithm = { name: "AES-GCM", iv: owned(sealed.nonce), additionalData };
    return new Uint8Array(await subtle.decrypt(algorithm, aes, owned(sealed.ct)));
  } catch {
    return null;
  }
}
