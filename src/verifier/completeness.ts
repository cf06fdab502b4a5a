// Verdict 5: nothing was begun and left open, nothing stands in an impossible order.

import type { EntryLeaf } from "./entry-leaf.ts";
import type { Examination } from "./examination.ts";
import type { OpenIntent } from "./held.ts";
import type { Log } from "./layout.ts";
import type { Head } from "./slots.ts";

/** Milliseconds: the clocks of the database and of the epoch differ by less. */
const CLOCKS = 5 * 60_000;
/** After this long the reconciler has asked GitHub and closed what was left open. */
const OPEN_FOR = 30 * 60_000;
/** Ids that are remembered to see one twice. */
const IDS = 2_000_000;

/** By these the log itself says that something went past it. */
const INCIDENT = "gate.incident";
/** Outcomes that the reconciler wrote, after it asked GitHub. */
const RECONCILED: readonly string[] = ["recovered", "not_performed"];

export class Completeness {
  readonly #exam: Examination;
  readonly #log: Log;
  readonly #heads: readonly Head[];
  readonly #open = new Map<string, OpenIntent>();
  /** Outcomes whose intent was not seen before them. */
  readonly #early = new Map<string, number>();
  readonly #ids = new Set<string>();
  readonly #whole: boolean;
  #head = 0;

  /** `whole`: every entry of the log passes here, not only the new ones. */
  constructor(exam: Examination, log: Log, heads: readonly Head[], open: readonly OpenIntent[], whole: boolean) {
    this.#exam = exam;
    this.#log = log;
    this.#heads = heads;
    this.#whole = whole;
    for (const intent of open) this.#open.set(intent.id, intent);
  }

  entry(index: number, leaf: EntryLeaf): void {
    const exam = this.#exam;
    const seen = this.#ids.size;
    if (seen < IDS) this.#ids.add(leaf.id);
    const isTwice = seen < IDS ? this.#ids.size === seen : this.#ids.has(leaf.id);
    if (isTwice) exam.find("order_differs", this.#log, `entry ${index}`, `Entry ${leaf.id} is in the log twice.`);
    if (seen >= IDS) exam.notProven.add(`Whether an entry after the first ${IDS} of a log is there twice.`);
    // The first epoch whose head covers this entry was signed after it.
    while ((this.#heads[this.#head]?.size ?? Infinity) <= index) this.#head += 1;
    const covering = this.#heads[this.#head];
    if (covering !== undefined && leaf.ts > covering.time + CLOCKS)
      exam.find(
        "order_differs",
        this.#log,
        `entry ${index}`,
        `It is dated after epoch ${covering.epoch}, which commits to it.`,
      );
    const before = this.#heads[this.#head - 1];
    if (before !== undefined && leaf.ts < before.time - OPEN_FOR)
      exam.notProven.add(
        "The dates of entries that are older than an epoch that did not have them: they came late, or were back-dated.",
      );
    if (leaf.outcome === "intent") this.#begin(index, leaf);
    else if (leaf.intent !== null) this.#end(index, leaf.intent);
    if (leaf.kind === INCIDENT) exam.counts.incidents += 1;
    if (RECONCILED.includes(leaf.outcome)) exam.counts.reconciled += 1;
  }

  #begin(index: number, leaf: EntryLeaf): void {
    this.#exam.counts.intents += 1;
    if (!this.#early.delete(leaf.id)) this.#open.set(leaf.id, { id: leaf.id, index, ts: leaf.ts });
  }

  #end(index: number, intent: string): void {
    if (!this.#open.delete(intent) && !this.#ids.has(intent)) this.#early.set(intent, index);
  }

  /** `now`: the time of the last epoch. What is still open is kept for the next run. */
  finish(now: number): readonly OpenIntent[] {
    const exam = this.#exam;
    for (const [id, index] of this.#early)
      if (this.#whole)
        exam.find("intent_unknown", this.#log, `entry ${index}`, `It closes ${id}, which is not in the log.`);
    const open = [...this.#open.values()];
    exam.counts.intentsOpen += open.length;
    const overdue = open.filter((intent) => intent.ts < now - OPEN_FOR);
    const [first] = overdue;
    if (first !== undefined)
      exam.gap(
        "completeness",
        true,
        `${overdue.length} acts were begun and have no outcome, the first at entry ${first.index}: whether they were done is not known.`,
        "Ask the operator why the reconciler did not close them.",
      );
    else if (open.length > 0) exam.notProven.add("How the acts ended that were under way at the last checkpoint.");
    return open;
  }
}
