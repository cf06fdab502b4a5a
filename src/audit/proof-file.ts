import { base64, canonicalBytes, formatTlogProof, type Hash } from "#verifier";
import type { EntryProof } from "./proof.ts";

const text = (leaf: Uint8Array): string => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(leaf);
const hashes = (proof: readonly Hash[]): readonly string[] => proof.map(base64);

/**
 * A file that proves one entry to whoever trusts the epoch log's key and witnesses (docs/audit-format.md, "A proof of one
 * entry"). `note`: the epoch checkpoint with its cosignatures, word for word.
 */
export function proofFile({ entry, slot, epoch }: EntryProof, note: string): string {
  const extra = canonicalBytes({
    v: 1,
    leaf: text(entry.leaf),
    index: entry.index,
    tree: hashes(entry.proof),
    slot: text(slot.leaf),
    slots: hashes(slot.proof),
    epoch: text(epoch.leaf),
  });
  return formatTlogProof({ extra, index: epoch.index, hashes: epoch.proof, checkpoint: note });
}
