import { hash } from "node:crypto";
import { digest, Fault, type Digest, type Json } from "#kernel";
import { canonicalBytes } from "#verifier";

/** Of the canonical bytes: the same value has the same digest, whoever computes it. */
export function digestOf(value: Json): Digest {
  const found = digest(hash("sha256", canonicalBytes(value), "hex"));
  if (found === null) throw new Fault("invariant_broken", "SHA-256 gave no digest.");
  return found;
}

export const bytesOf = (hex: Digest): Buffer => Buffer.from(hex, "hex");
export const sha256Of = (text: string): Buffer => hash("sha256", text, "buffer");
