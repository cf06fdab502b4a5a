import type { EntryId } from "#kernel";
import type { Hash } from "#verifier";

/**
 * How far an entry has got. `durable`: on disk, in no order yet. `sequenced`: it has its index, and no crash takes that back.
 * `witnessed`: it is under a checkpoint that a witness has cosigned, so that nobody here can take it back.
 */
export const LEVELS = ["durable", "sequenced", "witnessed"] as const;
export type Level = (typeof LEVELS)[number];

/** What its holder can show later, also when the log's end is gone (audit.md, case 9). */
export interface Receipt {
  readonly entryId: EntryId;
  readonly leafHash: Hash;
  readonly level: Level;
  /** Null while it has no place. */
  readonly index: number | null;
  /** The tenant's signed head over it, when there is one; `size` is that head's. */
  readonly size: number | null;
  readonly checkpoint: string | null;
}

export type Acknowledged =
  | ({ readonly kind: "acknowledged" } & Receipt)
  /** The time was up; the receipt says how far it had got. Asking again is safe. */
  | ({ readonly kind: "not_yet" } & Receipt)
  | { readonly kind: "no_such_entry" };

export const reaches = (level: Level, wanted: Level): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
