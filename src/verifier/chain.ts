import { concat } from "./bytes.ts";
import { HASH_BYTES, type Hash } from "./merkle.ts";
import type { Sha256 } from "./sha256.ts";

/** Before the first entry. */
export const CHAIN_START: Hash = new Uint8Array(HASH_BYTES);

/** The chain after one more entry: each link commits to every entry before it, in order. */
export const chainAfter = (sha256: Sha256, chain: Hash, leaf: Hash): Hash => sha256(concat(chain, leaf));
