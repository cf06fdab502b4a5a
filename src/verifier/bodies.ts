// Verdict 4: the bodies are those that the leaves commit to, and the keys, where some are disclosed.

import { hex } from "./bytes.ts";
import { isCanonical } from "./canonical.ts";
import type { Commitment, EntryLeaf } from "./entry-leaf.ts";
import type { Examination } from "./examination.ts";
import { Hashing } from "./hashing.ts";
import type { TenantLog } from "./layout.ts";
import type { DisclosedKey, SealedPart } from "./source.ts";
import { TILE_WIDTH } from "./tile.ts";
import { keyCommitment, openSealed } from "./webcrypto.ts";

/** A part that a leaf commits to and that is not there. Whether a certificate explains it is known at the end. */
export interface MissingPart {
  readonly index: number;
  readonly part: number;
}

export interface GroupOfLeaves {
  readonly log: TenantLog;
  readonly n: number;
  readonly width: number;
  /** By index. */
  readonly leaves: ReadonlyMap<number, EntryLeaf>;
}

/** Of a part among those of a group. Most entries have one part: no text is made for it. */
const name = (id: string, part: number): string => (part === 0 ? id : `${id}/${part}`);

/** The bodies of a group. They may be in any order; where it is the log's own, each is the next one, and none is looked for. */
class Waiting {
  readonly #parts: readonly SealedPart[];
  #next = 0;
  #byName: Map<string, SealedPart> | null = null;

  constructor(parts: readonly SealedPart[]) {
    this.#parts = parts;
  }

  take(id: string, part: number): SealedPart | undefined {
    const next = this.#byName === null ? this.#parts[this.#next] : undefined;
    if (next?.id === id && next.part === part) {
      this.#next += 1;
      return next;
    }
    this.#byName ??= new Map(this.#parts.slice(this.#next).map((each) => [name(each.id, each.part), each]));
    const wanted = name(id, part);
    const found = this.#byName.get(wanted);
    this.#byName.delete(wanted);
    return found;
  }

  /** Not where each was the next one up to the end: no leaf is there twice. */
  twice(): boolean {
    if (this.#byName === null && this.#next === this.#parts.length) return false;
    return new Set(this.#parts.map(({ id, part }) => name(id, part))).size < this.#parts.length;
  }

  rest(): Iterable<SealedPart> {
    return this.#byName?.values() ?? this.#parts.slice(this.#next);
  }
}

export class BodyCheck {
  readonly missing: MissingPart[] = [];
  readonly #exam: Examination;
  readonly #hashing: Hashing;
  /** The last index of each group that came without any bodies. */
  readonly absent: number[] = [];

  constructor(exam: Examination) {
    this.#exam = exam;
    this.#hashing = new Hashing(exam.tools.sha256);
  }

  async group({ log, n, width, leaves }: GroupOfLeaves): Promise<void> {
    const exam = this.#exam;
    const [bodiesRead, keysRead] = await Promise.all([
      exam.source.bodies(log.id, n, width),
      exam.source.keys(log.id, n, width),
    ]);
    const disclosed = exam.take(keysRead, "key_differs", log, `keys, group ${n}`) ?? [];
    const keys = new Map(disclosed.map((key) => [name(key.id, key.part), key]));
    if (bodiesRead.kind === "absent") this.absent.push(n * TILE_WIDTH + width - 1);
    const parts = exam.take(bodiesRead, "body_differs", log, `bodies, group ${n}`);
    if (parts === null) return;
    const waiting = new Waiting(parts);
    for (const [index, leaf] of leaves)
      for (const [part, commitment] of leaf.body.entries()) {
        const sealed = waiting.take(leaf.id, part);
        const wanted = keys.size === 0 ? "" : name(leaf.id, part);
        const key = keys.get(wanted);
        keys.delete(wanted);
        if (sealed === undefined) this.missing.push({ index, part });
        else if (this.#isCommitted(log, index, part, commitment, sealed) && key !== undefined)
          await this.#open(log, `entry ${index}, part ${part}`, commitment, sealed, key);
      }
    if (waiting.twice()) exam.find("body_unknown", log, `bodies, group ${n}`, "A part of a body is there twice.");
    const firstOld = leaves.size < width;
    // Bodies of entries that an earlier run read stand in the same group.
    if (!firstOld)
      for (const each of waiting.rest())
        exam.find("body_unknown", log, `bodies, group ${n}`, `No leaf commits to part ${each.part} of ${each.id}.`);
    if (!firstOld)
      for (const each of keys.values())
        exam.find("key_differs", log, `keys, group ${n}`, `There is no part ${each.part} of ${each.id}.`);
  }

  /** True for a sealed part whose bytes are those that the leaf commits to. */
  #isCommitted(log: TenantLog, index: number, part: number, commitment: Commitment, sealed: SealedPart): boolean {
    const exam = this.#exam;
    exam.counts.bodies += 1;
    if (sealed.ct.length !== commitment.len || hex(this.#hashing.joined(sealed.nonce, sealed.ct)) !== commitment.h) {
      const what = "Its bytes are not those that the leaf commits to.";
      exam.find("body_differs", log, `entry ${index}, part ${part}`, what);
      return false;
    }
    if (commitment.kc !== null) return true;
    exam.counts.bodiesUnsealed += 1;
    if (!isCanonical(sealed.ct))
      exam.find("plaintext_wrong", log, `entry ${index}, part ${part}`, "It is not canonical JSON.");
    return false;
  }

  async #open(
    log: TenantLog,
    at: string,
    commitment: Commitment,
    sealed: SealedPart,
    key: DisclosedKey,
  ): Promise<void> {
    const exam = this.#exam;
    if (keyCommitment(exam.tools.sha256, key.key) !== commitment.kc)
      return exam.find("key_differs", log, at, "The key disclosed for it is not the one that the leaf commits to.");
    const plaintext = await openSealed(exam.tools.subtle, log.id, sealed, key.key);
    if (plaintext === null || !isCanonical(plaintext))
      return exam.find("plaintext_wrong", log, at, "Under its key it does not open, or is not canonical JSON.");
    exam.counts.bodiesOpened += 1;
  }
}
