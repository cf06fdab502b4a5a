import { createPrivateKey, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { type AppId, Fault } from "#kernel";
import { LIMITS } from "./limits.ts";

/** Accepts GitHub's own PKCS#1 file and PKCS#8. The key never leaves the KeyObject, and no message repeats any of it. */
export function privateKeyOf(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // The reason can quote the input: it is not passed on.
  }
  throw new Fault(
    "config_invalid",
    "The GitHub App's private key is not an RSA private key in PEM form. Download a new one from the App's settings page.",
  );
}

/** GitHub allows at most ten minutes between `iat` and `exp`, by its own clock. */
export function signAppJwt(appId: AppId, key: KeyObject, nowMs: number): Promise<string> {
  const now = Math.floor(nowMs / 1_000);
  return new SignJWT()
    .setProtectedHeader({ alg: "RS256", typ: "JWT" })
    .setIssuer(String(appId))
    .setIssuedAt(now - LIMITS.jwtBackdateSeconds)
    .setExpirationTime(now + LIMITS.jwtLifeSeconds)
    .sign(key);
}
