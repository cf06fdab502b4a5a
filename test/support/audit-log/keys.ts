// Keys of a log and of witnesses, made from a name so that every run has the same.

import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import {
  COSIGNATURE, cosignatureBytes, cosignedMessage, ED25519, formatVkey, keyId, sha256, signatureLine, type NoteKey,
} from "#verifier"; // prettier-ignore

export interface SigningKey {
  readonly private: KeyObject;
  readonly key: NoteKey;
  readonly vkey: string;
}

const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

export function signingKey(name: string, seed: string, type: NoteKey["type"] = ED25519): SigningKey {
  const der = Buffer.concat([PKCS8, createHash("sha256").update(seed).digest()]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const key: NoteKey = { name, type, publicKey: Uint8Array.from(spki.subarray(-32)) };
  return { private: privateKey, key, vkey: formatVkey(sha256, key) };
}

export const witnessKey = (name: string): SigningKey => signingKey(name, name, COSIGNATURE);

export const signBytes = (by: SigningKey, message: Uint8Array): Uint8Array => sign(null, message, by.private);

/** The signature line under `name`: the log's key signs its tenants' checkpoints under their origins. */
export function logLine(by: SigningKey, name: string, body: string): string {
  const key: NoteKey = { ...by.key, name };
  return signatureLine(name, keyId(sha256, key), signBytes(by, Buffer.from(body)));
}

export function witnessLine(by: SigningKey, time: number, body: string): string {
  const signature = signBytes(by, cosignedMessage(time, body));
  return signatureLine(by.key.name, keyId(sha256, by.key), cosignatureBytes(time, signature));
}
