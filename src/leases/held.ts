import type { EntryId, Instant, LeaseId } from "#kernel";
import type { Standing } from "./decide.ts";
import type { LeaseRequest, LeaseState } from "./types.ts";

/** A lease as its row has it, for whoever writes that row. */
export interface LeaseFacts {
  readonly lease: LeaseId;
  readonly request: LeaseRequest;
  /** The entry that said what was about to be minted. */
  readonly intent: EntryId;
  readonly standing: Standing;
  /** Hexadecimal SHA-256; null: no handle was given out. */
  readonly handle: string | null;
  readonly deadBy: Instant | null;
  /** For a person who reads the row. */
  readonly note: string | null;
}

/** What the row and the log say. */
export interface ToldOf {
  readonly state: LeaseState;
  readonly revokeIntent: EntryId | null;
}
