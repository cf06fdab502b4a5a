// What the auditor brings: everything that must not come from the log itself.

import type { Checkpoint } from "./checkpoint.ts";
import type { Held } from "./held.ts";
import type { Hash } from "./merkle.ts";
import type { NoteKey } from "./note.ts";
import type { Policy } from "./policy.ts";

/** What somebody was given when an act was done: this entry is in the log. */
export interface Receipt {
  readonly tenant: string;
  readonly leaf: Hash;
  /** null when the entry had no place yet. */
  readonly index: number | null;
  /** The entry's id, a UUIDv7: when it was written. null when the receipt does not say. */
  readonly entry: string | null;
}

export interface Pinned {
  /** The epoch log's key, named `<base>/epochs`; null when the auditor has none. */
  readonly key: NoteKey | null;
  readonly policy: Policy | null;
  /** From the last run. */
  readonly held: Held | null;
  /** Checkpoints kept from elsewhere: a witness, another auditor, a git repository. */
  readonly checkpoints: readonly Checkpoint[];
  readonly receipts: readonly Receipt[];
}

export const NOTHING_PINNED: Pinned = { key: null, policy: null, held: null, checkpoints: [], receipts: [] };
