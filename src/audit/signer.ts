// The door between the sequencer and the process that alone holds the log's key.

import type { Hash } from "#verifier";

/** A head to be signed, with the proof that it extends what was signed last for its origin. */
export interface HeadToSign {
  /** `<base>/epochs` or `<base>/t/<tenant id>`. */
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  /** RFC 6962 consistency proof from `from` leaves; empty when `from` is 0. */
  readonly from: number;
  readonly proof: readonly Hash[];
}

export type HeadAnswer =
  /** The C2SP signed note, as it is kept in the compare-and-swap store. The same head asked for twice gives the same note. */
  | { readonly kind: "signed"; readonly note: string }
  /** Something else was signed last: the caller's database is behind or another one. `last` is its note. */
  | { readonly kind: "behind"; readonly last: string }
  /** The proof does not show that this head extends the last one. Nothing was signed. */
  | { readonly kind: "inconsistent"; readonly last: string };

export interface LogIdentity {
  /** `<base>` of every origin. */
  readonly base: string;
  /** Verifier key of the epoch log (C2SP vkey); a tenant's has the same key under the tenant's origin. */
  readonly vkey: string;
}

export interface CheckpointSigner {
  identity(): Promise<LogIdentity>;
  /** The note signed last for this origin; null for none. What start-up compares the database with. */
  last(origin: string): Promise<string | null>;
  /** Answers in the order of what was asked. Rejects only when the signer cannot be reached. */
  sign(heads: readonly HeadToSign[]): Promise<readonly HeadAnswer[]>;
}
