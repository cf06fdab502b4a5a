import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import type { VerifyEd25519 } from "#verifier";

const RAW_KEY_BYTES = 32;

/** Node's Ed25519 (RFC 8032), for the verifier's port. */
export const verifyEd25519: VerifyEd25519 = async (publicKey, message, signature) => {
  if (publicKey.length !== RAW_KEY_BYTES) return false;
  const x = Buffer.from(publicKey).toString("base64url");
  try {
    return verify(null, message, createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }), signature);
  } catch {
    return false;
  }
};

export const signEd25519 = (key: KeyObject, message: Uint8Array): Uint8Array => sign(null, message, key);

/** The 32 bytes of the public half. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return Buffer.from(x, "base64url");
}
