// The proof file of one entry of a world, under its newest epoch.

import {
  base64,
  canonicalBytes,
  formatTlogProof,
  inclusionRanges,
  leafHash,
  rootOf,
  sha256,
  type Hash,
} from "#verifier";
import { epochNote, sizeIn, type ExportOptions } from "./export.ts";
import { hashesOf, tenantOf, type World } from "./world.ts";

export const proofIn = (hashes: readonly Hash[], index: number): readonly Hash[] =>
  inclusionRanges(index, hashes.length).map(({ from, to }) => rootOf(sha256, hashes.slice(from, to)));

export function entryProof(world: World, id: string, index: number, options: ExportOptions = {}): string {
  const tenant = tenantOf(world, id);
  const last = world.epochs.length - 1;
  const entries = tenant.entries.slice(0, sizeIn(tenant, last));
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
  const slots = (world.epochs[last]?.slots ?? []).map((slot) => leafHash(sha256, slot));
  const epochs = world.epochs.map((epoch) => leafHash(sha256, epoch.leaf));
  const extra = canonicalBytes({
    v: 1,
    leaf: text(entries[index]?.leaf),
    index,
    tree: proofIn(hashesOf(entries), index).map(base64),
    slot: text(tenant.slotLeaves[last]),
    slots: proofIn(slots, tenant.slot).map(base64),
    epoch: text(world.epochs[last]?.leaf),
  });
  return formatTlogProof({ extra, index: last, hashes: proofIn(epochs, last), checkpoint: epochNote(world, options) });
}
