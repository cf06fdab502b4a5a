// Verdict 4: the bodies are those that the leaves commit to, and the keys, where some are disclosed.

import { hex } from "./bytes.ts";
import { isCanonical } from "./canonical.ts";
import type { Commitment, EntryLeaf } from "./entry-leaf.ts";
import type { Examination } from "./examination.ts";
import { Hashing } from "./hashing.ts";
import type { TenantLog } from "./layout.ts";
import type { DisclosedKey, SealedPart } from "./source.ts";
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

const name = (id: string, part: number): string => `${id}/${part}`;

export class BodyCheck {
  readonly missing: MissingPart[] = [];
  readonly #exam: Examination;
  readonly #hashing: Hashing;
  /** Groups that came without any bodies. */
  absent = 0;

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
    if (bodiesRead.kind === "absent") this.absent += 1;
    const parts = exam.take(bodiesRead, "body_differs", log, `bodies, group ${n}`);
    if (parts === null) return;
    const waiting = new Map(parts.map((part) => [name(part.id, part.part), part]));
    if (waiting.size < parts.length)
      exam.find("body_unknown", log, `bodies, group ${n}`, "A part of a body is there twice.");
    for (const [index, leaf] of leaves)
      for (const [part, commitment] of leaf.body.entries()) {
        const sealed = waiting.get(name(leaf.id, part));
        const key = keys.get(name(leaf.id, part));
        waiting.delete(name(leaf.id, part));
        keys.delete(name(leaf.id, part));
        if (sealed === undefined) this.missing.push({ index, part });
        else await this.#part(log, `entry ${index}, part ${part}`, commitment, sealed, key);
      }
    const firstOld = leaves.size < width;
    // Bodies of entries that an earlier run read stand in the same group.
    if (!firstOld)
      for (const each of waiting.values())
        exam.find("body_unknown", log, `bodies, group ${n}`, `No leaf commits to part ${each.part} of ${each.id}.`);
    if (!firstOld)
      for (const each of keys.values())
        exam.find("key_differs", log, `keys, group ${n}`, `There is no part ${each.part} of ${each.id}.`);
  }

  async #part(
    log: TenantLog,
    at: string,
    commitment: Commitment,
    sealed: SealedPart,
    key: DisclosedKey | undefined,
  ): Promise<void> {
    const exam = this.#exam;
    exam.counts.bodies += 1;
    if (sealed.ct.length !== commitment.len || hex(this.#hashing.joined(sealed.nonce, sealed.ct)) !== commitment.h)
      return exam.find("body_differs", log, at, "Its bytes are not those that the leaf commits to.");
    if (commitment.kc === null) {
      exam.counts.bodiesUnsealed += 1;
      if (!isCanonical(sealed.ct)) exam.find("plaintext_wrong", log, at, "It is not canonical JSON.");
      return;
    }
    if (key === undefined) return;
    if (keyCommitment(exam.tools.sha256, key.key) !== commitment.kc)
      return exam.find("key_differs", log, at, "The key disclosed for it is not the one that the leaf commits to.");
    const plaintext = await openSealed(exam.tools.subtle, log.id, sealed, key.key);
    if (plaintext === null || !isCanonical(plaintext))
      return exam.find("plaintext_wrong", log, at, "Under its key it does not open, or is not canonical JSON.");
    exam.counts.bodiesOpened += 1;
  }
}
