// Receipts: what was promised to somebody when an act was done. The only thing that shows a cut tail (audit.md, cases 9 and 10).

import { equal, hex } from "./bytes.ts";
import type { Examination } from "./examination.ts";
import type { Log } from "./layout.ts";
import type { Receipt } from "./pinned.ts";
import { hashAt } from "./walk.ts";

/** Milliseconds. Within three epochs whatever has a place is under a checkpoint. */
const FRESH = 15 * 60_000;

/** The time in a UUIDv7, in milliseconds; a receipt without one is an old one. */
const writtenAt = ({ entry }: Receipt): number =>
  entry === null ? 0 : Number.parseInt(entry.replaceAll("-", "").slice(0, 12), 16);

export class Receipts {
  readonly #exam: Examination;
  readonly #log: Log;
  readonly #open: Set<Receipt>;

  constructor(exam: Examination, log: Log, receipts: readonly Receipt[]) {
    this.#exam = exam;
    this.#log = log;
    this.#open = new Set(receipts);
  }

  /** `hashes` of a group, and the place in it. */
  leaf(index: number, hashes: Uint8Array, i: number): void {
    if (this.#open.size === 0) return;
    const hash = hashAt(hashes, i);
    for (const receipt of this.#open)
      if ((receipt.index === null || receipt.index === index) && equal(receipt.leaf, hash)) {
        this.#open.delete(receipt);
        this.#exam.counts.receipts += 1;
      }
  }

  /** `size`: of the log. `now`: the auditor's clock, milliseconds. */
  finish(size: number, now: number): void {
    for (const receipt of this.#open)
      if (writtenAt(receipt) > now + FRESH)
        this.#exam.gap(
          "append_only",
          true,
          "A receipt is dated after your own clock: one of the two is wrong, or it was made so that it would never be due.",
          "Put your clock right and run again; if the receipt is still of the future, its giver owes you an explanation.",
        );
      else if ((receipt.index ?? size) >= size && writtenAt(receipt) + FRESH > now)
        this.#exam.gap(
          "append_only",
          true,
          "A receipt is so new that no checkpoint needs to have its entry yet.",
          "Run again in a quarter of an hour.",
        );
      else
        this.#exam.find(
          "receipt_missing",
          this.#log,
          receipt.index === null ? "no place" : `entry ${receipt.index}`,
          `A receipt says that an entry with leaf hash ${hex(receipt.leaf)} is here, and it is not.`,
        );
  }
}
