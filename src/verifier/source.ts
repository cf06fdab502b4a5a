// Where a log is read from: a directory, a URL, a database. Nothing that comes from here is trusted.

import type { Log } from "./layout.ts";
import type { Hash } from "./merkle.ts";
import type { Tile } from "./tile.ts";

export type Read<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "absent" }
  /** Something is there, and it is not what it must be. */
  | { readonly kind: "broken"; readonly why: string }
  /** Nobody knows what is there: no connection, no permission. */
  | { readonly kind: "unreadable"; readonly why: string };

/** One part of an entry's body as it is kept: part 0 under the tenant's key, part 1 under a person's. */
export interface SealedPart {
  readonly id: string;
  readonly part: number;
  readonly nonce: Uint8Array;
  /** null: written before bodies were sealed, `ct` is the plaintext. */
  readonly keyId: string | null;
  /** Ciphertext and its tag. */
  readonly ct: Uint8Array;
}

/** The key of one part of one entry: opens that and nothing else. */
export interface DisclosedKey {
  readonly id: string;
  readonly part: number;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** A tenant's head in one epoch: the leaf of its slot, and the proof that it stands at its place in that epoch's slot tree. */
export interface SlotRecord {
  readonly epoch: number;
  readonly leaf: Uint8Array;
  readonly proof: readonly Hash[];
}

export interface LogSource {
  /** Tenants whose logs are here, ids in order. */
  tenants(): Promise<Read<readonly string[]>>;
  /** The newest signed note. */
  checkpoint(log: Log): Promise<Read<string>>;
  /** Exactly `tile.width` hashes. */
  tile(log: Log, tile: Tile): Promise<Read<Uint8Array>>;
  /** The leaf bytes of entries `256 n` up to `256 n + width`; null for one that is no longer kept. */
  entries(log: Log, n: number, width: number): Promise<Read<readonly (Uint8Array | null)[]>>;
  /** The bodies of those entries, in any order. */
  bodies(tenant: string, n: number, width: number): Promise<Read<readonly SealedPart[]>>;
  /** The keys disclosed for those entries. */
  keys(tenant: string, n: number, width: number): Promise<Read<readonly DisclosedKey[]>>;
  /** The tenant's heads in epochs `256 n` up to `256 n + width`; an epoch before it had a slot has none. */
  slots(tenant: string, n: number, width: number): Promise<Read<readonly SlotRecord[]>>;
  /** The chain values kept beside the log, where the source keeps them (a database does, files do not). */
  chain?(tenant: string, n: number, width: number): Promise<Read<readonly Hash[]>>;
  /** Where the source is a set of files: all of them, for the comparison with its manifest. */
  readonly files?: Files;
}

export interface Files {
  /** Absent where there is none; never more than `maxBytes`, beyond which it is broken. */
  read(path: string, maxBytes: number): Promise<Read<Uint8Array>>;
  /** Every file's path from the top, with `/`. Missing where files cannot be listed (a URL). */
  list?(): Promise<Read<readonly string[]>>;
}

export const found = <T>(value: T): Read<T> => ({ kind: "found", value });
export const broken = <T>(why: string): Read<T> => ({ kind: "broken", why });

/** What is found goes on; everything else stays what it is. */
export function whenFound<T, U>(read: Read<T>, next: (value: T) => Read<U>): Read<U> {
  return read.kind === "found" ? next(read.value) : read;
}
