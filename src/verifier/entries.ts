// What is looked at in each entry of a tenant's log, in order.

import { equal } from "./bytes.ts";
import { BodyCheck } from "./bodies.ts";
import { CHAIN_START } from "./chain.ts";
import { Completeness } from "./completeness.ts";
import { readEntryLeaves, type EntryLeaf } from "./entry-leaf.ts";
import type { Examination } from "./examination.ts";
import { Hashing } from "./hashing.ts";
import type { HeldLog, OpenIntent } from "./held.ts";
import type { TenantLog } from "./layout.ts";
import type { Hash } from "./merkle.ts";
import type { Receipt } from "./pinned.ts";
import { Receipts } from "./receipts.ts";
import type { Head } from "./slots.ts";
import { TILE_WIDTH } from "./tile.ts";
import type { Group } from "./walk.ts";

export interface EntriesRun {
  /** From the last run: what was read then is not read again. */
  readonly held: HeldLog | null;
  readonly receipts: readonly Receipt[];
  /** false: bodies are left out on purpose. */
  readonly bodies: boolean;
}

/** Kinds of entries that account for what is not kept any more. */
const CERTIFICATES: readonly string[] = ["tenant.erased", "retention.drop"];

export class Entries {
  chain: Hash;
  readonly #exam: Examination;
  readonly #log: TenantLog;
  readonly #run: EntriesRun;
  readonly #from: number;
  readonly #chains = new Map<number, Hash>();
  readonly #hashing: Hashing;
  readonly #bodies: BodyCheck;
  readonly #completeness: Completeness;
  readonly #receipts: Receipts;
  readonly #missingLeaves: number[] = [];
  /** The last entry that accounts for what is not kept any more: -1 for none. */
  #certificate = { index: -1, kind: "" };
  #chainBroken = false;

  constructor(exam: Examination, log: TenantLog, run: EntriesRun, heads: readonly Head[]) {
    this.#exam = exam;
    this.#log = log;
    this.#run = run;
    this.#from = run.held?.size ?? 0;
    this.chain = run.held?.chain ?? CHAIN_START;
    for (const head of heads) if (head.chain !== null) this.#chains.set(head.size, head.chain);
    this.#hashing = new Hashing(exam.tools.sha256);
    this.#bodies = new BodyCheck(exam);
    this.#completeness = new Completeness(exam, log, heads, run.held?.open ?? [], run.held === null);
    this.#receipts = new Receipts(exam, log, run.receipts);
  }

  async group(group: Group): Promise<void> {
    const exam = this.#exam;
    const leaves = new Map<number, EntryLeaf>();
    const entries = readEntryLeaves(group.leaves);
    const stored = await this.#storedChain(group.n, group.leaves.length);
    for (const [i, bytes] of group.leaves.entries()) {
      const index = group.n * TILE_WIDTH + i;
      const hash = group.read[i];
      if (index < this.#from || hash === undefined) continue;
      this.#follow(index, hash, stored?.[i]);
      this.#receipts.leaf(index, group.hashes, i);
      exam.counts.entries += 1;
      if (bytes === null) {
        this.#missingLeaves.push(index);
        continue;
      }
      const leaf = entries[i] ?? null;
      if (leaf === null || leaf.log !== this.#log.id) {
        const what = leaf === null ? "It is no canonical leaf of an entry." : "It is an entry of another log.";
        exam.find("leaf_malformed", this.#log, `entry ${index}`, what);
        continue;
      }
      leaves.set(index, leaf);
      this.#completeness.entry(index, leaf);
      this.#certificates(index, leaf);
    }
    if (this.#run.bodies) await this.#bodies.group({ log: this.#log, n: group.n, width: group.leaves.length, leaves });
  }

  /** The chain says, too, that links of it are gone. */
  async lost(n: number, width: number): Promise<void> {
    await this.#storedChain(n, width);
  }

  async #storedChain(n: number, width: number): Promise<readonly Hash[] | null> {
    const read = await this.#exam.source.chain?.(this.#log.id, n, width);
    return read === undefined ? null : this.#exam.take(read, "chain_differs", this.#log, `chain, group ${n}`);
  }

  #follow(index: number, hash: Hash, stored: Hash | undefined): void {
    this.chain = this.#hashing.chain(this.chain, hash);
    for (const claimed of [stored, this.#chains.get(index + 1)])
      // One break makes every later link differ: the first is the place.
      if (claimed !== undefined && !this.#chainBroken && !equal(claimed, this.chain)) {
        this.#chainBroken = true;
        this.#exam.find(
          "chain_differs",
          this.#log,
          `entry ${index}`,
          "The chain up to here is not the one that was kept: this entry or one before it was changed.",
        );
      }
  }

  #certificates(index: number, leaf: EntryLeaf): void {
    if (leaf.outcome === "success" && CERTIFICATES.includes(leaf.kind)) this.#certificate = { index, kind: leaf.kind };
  }

  /** `size`: of the log. `now`: the time of the last epoch. What is still open is kept for the next run. */
  finish(shreddedIn: number | null, size: number, now: number): readonly OpenIntent[] {
    const exam = this.#exam;
    const gone = shreddedIn !== null;
    const { index: whole, kind } = this.#certificate;
    const before = exam.counts.leavesErased + exam.counts.bodiesErased;
    for (const index of this.#missingLeaves)
      if (gone || index < whole) exam.counts.leavesErased += 1;
      else
        exam.find("leaf_missing", this.#log, `entry ${index}`, "Its leaf is not there, and no certificate says why.");
    for (const { index, part } of this.#bodies.missing) {
      if (gone || index < whole) exam.counts.bodiesErased += 1;
      else
        exam.find(
          "body_missing",
          this.#log,
          `entry ${index}, part ${part}`,
          "The body is not there, and no certificate says that it was erased.",
        );
    }
    const unexplained = gone ? 0 : this.#bodies.absent.filter((last) => last >= whole).length;
    if (exam.counts.leavesErased + exam.counts.bodiesErased > before || this.#bodies.absent.length > unexplained)
      exam.notProven.add(
        `That what is missing from log ${this.#log.id} had to go: ${gone ? `epoch ${shreddedIn}` : `its entry ${whole} (${kind})`} says so, and whoever can write into the log can write that. Compare with the copy in WORM storage, or ask for the order.`,
      );
    if (unexplained > 0)
      exam.gap(
        "bodies",
        true,
        `The bodies of ${unexplained} groups of log ${this.#log.id} are not here.`,
        "Ask for an export with bodies, or leave them out on purpose (--without-bodies).",
      );
    this.#receipts.finish(size, exam.tools.now);
    return this.#completeness.finish(now);
  }
}
