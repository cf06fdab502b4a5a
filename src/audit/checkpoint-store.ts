// Where the last note signed for each origin is kept. Whoever can turn it back can fork the log, so it lives with the key
// and not in the database; another implementation (a conditional write in a cloud's store) takes this door.

import type { SignedHead } from "./signing.ts";

export interface Swap {
  readonly origin: string;
  /** The note that must be there for the swap to happen; null for none. */
  readonly expected: string | null;
  readonly next: SignedHead;
}

export interface CheckpointStore {
  /** In the order of `origins`; null for one that was never signed. */
  read(origins: readonly string[]): Promise<readonly (SignedHead | null)[]>;
  /**
   * Whether each swap happened: one whose expectation does not hold changes nothing and hinders no other.
   * INVARIANT: when it resolves, every swap that happened survives a power loss, and no two callers both replaced the same note.
   */
  swap(swaps: readonly Swap[]): Promise<readonly boolean[]>;
}
