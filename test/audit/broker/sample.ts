// A log to be signed: leaves of a test, heads and proofs over them.

import type { HeadToSign } from "#audit";
import { consistencyRanges, leafHash, proofOf, rootOf, sha256, type Hash } from "#verifier";

export const sampleLeaves = (count: number, salt = ""): readonly Hash[] =>
  Array.from({ length: count }, (_, i) => leafHash(sha256, new TextEncoder().encode(`leaf ${i}${salt}`)));

export const proofFrom = (from: number, size: number, leaves: readonly Hash[]): readonly Hash[] =>
  proofOf(sha256, consistencyRanges(from, size), ({ level, index }) =>
    rootOf(sha256, leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
  );

export const headOf = (origin: string, from: number, size: number, leaves: readonly Hash[]): HeadToSign => ({
  origin,
  size,
  root: rootOf(sha256, leaves.slice(0, size)),
  from,
  proof: proofFrom(from, size, leaves),
});
