import { hash } from "node:crypto";
import type { Sha256 } from "#verifier";

/** Node's own SHA-256, for the verifier's port. */
export const sha256: Sha256 = (bytes) => hash("sha256", bytes, "buffer");
