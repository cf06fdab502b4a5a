import { createHash, createHmac } from "node:crypto";
import { Fault, type TenantId } from "#kernel";
import { claim } from "./capability.ts";
import type { TenantClaim } from "./types.ts";

const BLOCK_BYTES = 64;
const MIN_KEY_BYTES = 32;

export interface ClaimFacts {
  readonly tenantId: TenantId;
  readonly epoch: number;
  /** Seconds since the Unix epoch, by the database's clock. */
  readonly expiresAt: number;
}

export function signClaim(key: Buffer, facts: ClaimFacts): TenantClaim {
  const message = `v2.${facts.tenantId}.${facts.epoch}.${facts.expiresAt}`;
  return {
    [claim]: true,
    tenantId: facts.tenantId,
    text: `${message}.${hmacHex(key, message)}`,
  };
}

/** The message of app.tids(): `batch`, each claim without its signature, and one signature over all of it. */
export function signBatch(key: Buffer, claims: readonly TenantClaim[]): string {
  const message = ["batch", ...claims.map(({ text }) => text.slice(0, text.lastIndexOf(".")))].join(" ");
  return `${message} ${hmacHex(key, message)}`;
}

const hmacHex = (key: Buffer, message: string): string => createHmac("sha256", key).update(message).digest("hex");

/** The key as given in configuration: base64url or hex or any text of at least 32 bytes. */
export function claimKeyBytes(claimKey: string): Buffer {
  const key = Buffer.from(claimKey, "utf8");
  if (key.length < MIN_KEY_BYTES)
    throw new Fault(
      "config_invalid",
      "The claim key needs at least 32 characters. Make one with: openssl rand -hex 32",
    );
  return key;
}

/** The two padded blocks of HMAC (RFC 2104), which is all of the key that the database needs for checking. */
export function paddedBlocks(key: Buffer): { readonly ipad: Buffer; readonly opad: Buffer } {
  const block = Buffer.alloc(BLOCK_BYTES);
  (key.length > BLOCK_BYTES ? createHash("sha256").update(key).digest() : key).copy(block);
  return { ipad: Buffer.from(block.map((byte) => byte ^ 0x36)), opad: Buffer.from(block.map((byte) => byte ^ 0x5c)) };
}
