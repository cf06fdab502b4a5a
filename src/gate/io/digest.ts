import { createHash } from "node:crypto";
import { Fault, digest } from "#kernel";
import type { Digest, Json } from "#kernel";
import { canonicalBytes } from "#verifier";

/** SHA-256 over canonical JSON: the same value has the same digest, whoever computes it. */
export function digestOf(value: Json): Digest {
  const hex = digest(createHash("sha256").update(canonicalBytes(value)).digest("hex"));
  if (hex === null) throw new Fault("invariant_broken", "SHA-256 gave no digest.");
  return hex;
}
