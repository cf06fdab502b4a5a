// The log that every case of the matrix starts from, and the ways an operator has of changing it.

import type { Checkpoint, Receipt } from "#verifier";
import { leafHash, originOf, parseCheckpoint, sha256, EPOCHS, tenantLog } from "#verifier";
import {
  epochNote,
  exportWorld,
  sizeIn,
  tenantNote,
  type ExportOptions,
  type FileMap,
} from "../support/audit-log/export.ts";
import { append, BASE, epoch, epochBody, headOf, newWorld, OTHER_TENANT, rebuild, tenantOf, TENANT, type World, type WorldEntry } from "../support/audit-log/world.ts"; // prettier-ignore

/** Three epochs of ten entries; every third is an approval with a personal part. Entry 12 is what the cases go for. */
export const VICTIM = 12;

export function story(): World {
  const world = newWorld();
  for (let n = 0; n < 3; n++) {
    for (let i = 0; i < 10; i++) append(world, TENANT, { pii: i % 3 === 0, kind: "gate.merge", body: { merged: i } });
    append(world, OTHER_TENANT);
    epoch(world);
  }
  return world;
}

export const entriesOf = (world: World): WorldEntry[] => tenantOf(world, TENANT).entries;

export function entryAt(world: World, index: number): WorldEntry {
  const entry = entriesOf(world)[index];
  if (entry === undefined) throw new Error(`the story has no entry ${index}`);
  return entry;
}

/** What somebody was given for the entry at `index`. */
export const receiptFor = (world: World, index: number): Receipt => ({
  tenant: TENANT,
  index,
  leaf: leafHash(sha256, entryAt(world, index).leaf),
  entry: entryAt(world, index).id,
});

/** The epoch checkpoint as an auditor or a witness holds it. */
export function checkpointOf(world: World, size = world.epochs.length): Checkpoint {
  const checkpoint = parseCheckpoint(epochBody(world, size));
  if (checkpoint.kind === "malformed") throw new Error(checkpoint.why);
  return checkpoint;
}
export function tenantCheckpointOf(world: World): Checkpoint {
  const tenant = tenantOf(world, TENANT);
  const { size, root } = headOf(tenant.entries.slice(0, sizeIn(tenant, world.epochs.length - 1)));
  return { origin: originOf(BASE, tenantLog(TENANT)), size, root };
}

/** The same log without entries that were never in an epoch's head. */
export const sizes = (world: World): ((tenant: { id: string }, n: number) => number) => {
  const was = new Map(world.tenants.map((tenant) => [tenant.id, tenant.slotLeaves.map((_, n) => sizeIn(tenant, n))]));
  return (tenant, n) => was.get(tenant.id)?.[n] ?? 0;
};

/** Everything computed anew from changed entries, with `shift` entries more (or fewer) from the second epoch on. */
export function rewritten(world: World, change: (entries: WorldEntry[]) => void, shift = 0): World {
  const before = sizes(world);
  change(entriesOf(world));
  rebuild(world, (tenant, n) => before(tenant, n) + (tenant.id === TENANT && n > 0 ? shift : 0));
  return world;
}

/** Another text of the same length in the entry's leaf: it looks as good as the old one. */
export const forgedLeaf = (entry: WorldEntry): Uint8Array =>
  Buffer.from(Buffer.from(entry.leaf).toString().replace('"success"', '"refused"'));

/** The files of `world`, with the signed notes of `signed`: an operator without the key has only those. */
export function withOldNotes(world: World, signed: World, options: ExportOptions = {}): FileMap {
  const files = exportWorld(world, { ...options, manifest: false });
  files.set("epochs/checkpoint", Buffer.from(epochNote(signed)));
  const tenant = tenantOf(signed, TENANT);
  const size = sizeIn(tenant, signed.epochs.length - 1);
  files.set(`t/${TENANT}/checkpoint`, Buffer.from(tenantNote(signed, tenant, size)));
  return files;
}
export const originOfEpochs = originOf(BASE, EPOCHS);
