// What the sequencer has seen. PostgreSQL's snapshot is a low watermark and a done set in one: a row written by a transaction
// that is visible in it has been seen, and whatever is not is still to come. So a writer that stays open for hours keeps
// nobody waiting, and one that rolls back leaves no hole.

/** The text form of pg_snapshot: `xmin:xmax:xip,xip`. Transaction ids are 64 bits. */
export interface Snapshot {
  readonly text: string;
  /** Everything below has ended. */
  readonly xmin: bigint;
  /** Everything from here on had not begun. */
  readonly xmax: bigint;
  /** Between the two, and still open. */
  readonly open: readonly string[];
}

export function parseSnapshot(text: string): Snapshot | null {
  const match = /^(\d+):(\d+):((?:\d+(?:,\d+)*)?)$/.exec(text);
  const [, xmin = "", xmax = "", open = ""] = match ?? [];
  return match === null
    ? null
    : { text, xmin: BigInt(xmin), xmax: BigInt(xmax), open: open === "" ? [] : open.split(",") };
}

export interface Place {
  /** Null: nothing may be taken for seen, so everything is looked at. */
  readonly seen: Snapshot | null;
  /** The lowest transaction id that may still be open. While `seen` is null: where looking at everything began, 0 before that. */
  readonly low: bigint;
}

/**
 * The place after everything that `now` shows has been sequenced. INVARIANT: after a change of incarnation, writers that
 * still carry the old one may be open; looking at everything goes on until all that were open when it began have ended.
 */
export function advance(place: Place, now: Snapshot): Place {
  if (place.seen !== null) return { seen: now, low: now.xmin };
  if (place.low === 0n) return { seen: null, low: now.xmax };
  return now.xmin >= place.low ? { seen: now, low: now.xmin } : place;
}

export const EVERYTHING: Place = { seen: null, low: 0n };

/** Transaction ids only ever rise. Where they did not, this is a restored database and `seen` is about another one. */
export const wentBack = (place: Place, now: Snapshot): boolean => place.seen !== null && now.xmax < place.seen.xmax;
