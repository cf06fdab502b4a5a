// The hashes of millions of entries: what merkle.ts and chain.ts say, without a new buffer for each.

import { HASH_BYTES, type Hash } from "./merkle.ts";
import type { Sha256 } from "./sha256.ts";

export class Hashing {
  readonly #sha256: Sha256;
  #buffer = new Uint8Array(4096);
  readonly #node = new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1);
  readonly #link = new Uint8Array(2 * HASH_BYTES);

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /** RFC 6962's hash of a leaf. */
  leaf(bytes: Uint8Array): Hash {
    const buffer = this.#atLeast(bytes.length + 1);
    buffer[0] = 0;
    buffer.set(bytes, 1);
    return this.#sha256(buffer.subarray(0, bytes.length + 1));
  }

  /** The chain after one more leaf. */
  chain(before: Hash, leaf: Hash): Hash {
    this.#link.set(before);
    this.#link.set(leaf, HASH_BYTES);
    return this.#sha256(this.#link);
  }

  joined(a: Uint8Array, b: Uint8Array): Hash {
    const buffer = this.#atLeast(a.length + b.length);
    buffer.set(a);
    buffer.set(b, a.length);
    return this.#sha256(buffer.subarray(0, a.length + b.length));
  }

  /** The root over hashes that lie one after the other, a power of two of them. */
  root(hashes: Uint8Array): Hash {
    const row = hashes.slice();
    for (let count = row.length / HASH_BYTES; count > 1; count /= 2)
      for (let i = 0; i < count / 2; i++) {
        this.#node.set(row.subarray(2 * i * HASH_BYTES, (2 * i + 2) * HASH_BYTES), 1);
        row.set(this.#sha256(this.#node), i * HASH_BYTES);
      }
    return row.subarray(0, HASH_BYTES);
  }

  #atLeast(length: number): Uint8Array {
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(2 * length);
    return this.#buffer;
  }
}
