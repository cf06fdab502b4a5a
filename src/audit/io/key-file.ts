// An Ed25519 private key in a file (PKCS #8 PEM) that only this user may read.

import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { statSync } from "node:fs";
import { Fault } from "#kernel";
import { readIfThere, writeDurably } from "./durable-file.ts";

const OTHERS = 0o077;

export function makeKey(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ed25519");
  writeDurably(path, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return privateKey;
}

/** null: there is none. INVARIANT: a damaged one is never taken for none, since a new key would be another log. */
export function readKey(path: string): KeyObject | null {
  const pem = readIfThere(path);
  if (pem === null) return null;
  if ((statSync(path).mode & OTHERS) !== 0)
    throw new Fault("config_invalid", `${path} can be read by other users. Run: chmod 600 ${path}`);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below.
  }
  throw new Fault("config_invalid", `${path} holds no Ed25519 key (PKCS #8). Restore it from where you keep its copy.`);
}
