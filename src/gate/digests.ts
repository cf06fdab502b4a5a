import { canonicalBytes } from "#verifier";
import type { Digest } from "#kernel";
import type { Facts } from "./facts.ts";
import { toJson, toRecord } from "./record.ts";

/** SHA-256 of the bytes: hashing is the world's, so it is handed in. */
export type DigestPort = (bytes: Uint8Array) => Digest;

/** Over the facts as the log keeps them: who has the record can compute it again. */
export function factsDigest(facts: Facts, digest: DigestPort): Digest {
  return digest(canonicalBytes(toRecord(facts)));
}

/** Over the texts that the policy was made of. */
export function policyDigest(facts: Pick<Facts, "policy">, digest: DigestPort): Digest {
  return digest(canonicalBytes(toJson(facts.policy)));
}
