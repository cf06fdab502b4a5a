// The files of a world (docs/audit-format.md).

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import {
  base64, besideFile, bundle, bundleParts, canonicalBytes, checkpointFile, entriesFile, EPOCHS, formatCheckpoint, formatNote, found,
  groupWidth, inclusionRanges, leafHash, MANIFEST, originOf, rootOf, sha256, tenantLog, tileFile, tilesOf, type Files,
  type Hash, type Log, type SealedPart,
} from "#verifier"; // prettier-ignore
import { logLine, witnessLine, type SigningKey } from "./keys.ts";
import { BASE, epochBody, headOf, type World, type WorldEntry, type WorldTenant } from "./world.ts";

export type FileMap = Map<string, Uint8Array>;

export interface ExportOptions {
  /** Checkpoints are signed with this key instead of the epochs' own. */
  readonly signer?: SigningKey;
  readonly witnesses?: readonly SigningKey[];
  /** The keys of all parts. */
  readonly disclose?: boolean;
  readonly bodies?: boolean;
  readonly manifest?: boolean;
}

const text = (lines: readonly object[]): Uint8Array =>
  Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

export function exportWorld(world: World, options: ExportOptions = {}): FileMap {
  const files: FileMap = new Map();
  exportEpochs(files, world, options);
  for (const tenant of world.tenants) exportTenant(files, world, tenant, options);
  if (options.manifest ?? true) writeManifest(files);
  return files;
}

export function writeManifest(files: FileMap): void {
  files.delete(MANIFEST);
  const listed: Record<string, string> = {};
  for (const [path, bytes] of files) listed[path] = createHash("sha256").update(bytes).digest("hex");
  files.set(MANIFEST, canonicalBytes({ v: 1, files: listed }));
}

export const lastSigner = (world: World): SigningKey => world.epochs.at(-1)?.signedBy ?? world.signer;

export function epochNote(world: World, options: ExportOptions = {}): string {
  const body = epochBody(world, world.epochs.length);
  const witnesses = (options.witnesses ?? world.witnesses).map((by) => witnessLine(by, world.time / 1000, body));
  return formatNote(body, [logLine(options.signer ?? lastSigner(world), originOf(BASE, EPOCHS), body), ...witnesses]);
}

export function tenantNote(world: World, tenant: WorldTenant, size: number, options: ExportOptions = {}): string {
  const origin = originOf(BASE, tenantLog(tenant.id));
  const body = formatCheckpoint({ origin, size, root: headOf(tenant.entries.slice(0, size)).root });
  return formatNote(body, [logLine(options.signer ?? lastSigner(world), origin, body)]);
}

function exportEpochs(files: FileMap, world: World, options: ExportOptions): void {
  writeLog(files, EPOCHS, world.epochs.map((epoch) => epoch.leaf)); // prettier-ignore
  files.set(checkpointFile(EPOCHS), Buffer.from(epochNote(world, options)));
}

/** The tenant's log up to what the newest epoch covers. */
function exportTenant(files: FileMap, world: World, tenant: WorldTenant, options: ExportOptions): void {
  const log = tenantLog(tenant.id);
  const size = sizeIn(tenant, world.epochs.length - 1);
  const entries = tenant.entries.slice(0, size);
  writeLog(files, log, entries.map((entry) => entry.leaf), !tenant.shredded); // prettier-ignore
  files.set(checkpointFile(log), Buffer.from(tenantNote(world, tenant, size, options)));
  for (let n = 0; n * 256 < size; n++) {
    const group = entries.slice(n * 256, (n + 1) * 256);
    const path = (what: "bodies" | "keys") => besideFile(tenant.id, what, n, groupWidth(n, size));
    if ((options.bodies ?? true) && !tenant.shredded)
      files.set(path("bodies"), Buffer.from(bundleParts(group.flatMap(partsOf))));
    if (options.disclose === true) files.set(path("keys"), text(group.flatMap(keyLines)));
  }
  const epochs = world.epochs.length;
  for (let n = 0; n * 256 < epochs; n++) {
    const width = groupWidth(n, epochs);
    // A tenant that came later has no place in what was before it.
    const had = Array.from({ length: width }, (_, i) => n * 256 + i).filter((at) => tenant.slot < (world.epochs[at]?.slots.length ?? 0)); // prettier-ignore
    const lines = had.map((at) => slotLine(world, tenant, at));
    files.set(besideFile(tenant.id, "slots", n, width), text(lines));
  }
}

export function sizeIn(tenant: WorldTenant, epoch: number): number {
  const leaf = tenant.slotLeaves[epoch];
  return leaf === undefined ? 0 : z.object({ size: z.number() }).parse(JSON.parse(Buffer.from(leaf).toString())).size;
}

const partsOf = ({ id, parts }: WorldEntry): SealedPart[] =>
  parts.flatMap((part, i) => (part === null ? [] : [{ id, part: i, ...part }]));
const keyLines = (entry: WorldEntry): object[] =>
  entry.parts.flatMap((part, i) =>
    part?.key === null || part === null ? [] : [{ id: entry.id, part: i, key: base64(part.key) }],
  );

function slotLine(world: World, tenant: WorldTenant, epoch: number): object {
  const slots = world.epochs[epoch]?.slots ?? [];
  const hashes = slots.map((slot) => leafHash(sha256, slot));
  const proof = inclusionRanges(tenant.slot, slots.length).map(({ from, to }) =>
    rootOf(sha256, hashes.slice(from, to)),
  );
  return { epoch, leaf: Buffer.from(tenant.slotLeaves[epoch] ?? []).toString(), proof: proof.map(base64) };
}

function writeLog(files: FileMap, log: Log, leaves: readonly Uint8Array[], entries = true): void {
  writeTiles(files, log, leaves.map((leaf) => leafHash(sha256, leaf))); // prettier-ignore
  for (let n = 0; entries && n * 256 < leaves.length; n++)
    files.set(entriesFile(log, n, groupWidth(n, leaves.length)), bundle(leaves.slice(n * 256, (n + 1) * 256)));
}

export function writeTiles(files: FileMap, log: Log, hashes: readonly Hash[]): void {
  for (const tile of tilesOf(hashes.length)) {
    const span = 256 ** tile.level;
    const row = Array.from({ length: tile.width }, (_, i) => {
      const at = (tile.n * 256 + i) * span;
      return rootOf(sha256, hashes.slice(at, at + span));
    });
    files.set(tileFile(log, tile), Buffer.concat(row));
  }
}

/** Files in memory as a source reads them. */
export const inMemory = (files: ReadonlyMap<string, Uint8Array>): Files => ({
  async read(path, maxBytes) {
    const bytes = files.get(path);
    if (bytes === undefined) return { kind: "absent" };
    return bytes.length > maxBytes ? { kind: "broken", why: "it is larger than any such file" } : found(bytes);
  },
  list: async () => found([...files.keys()]),
});

export function writeFiles(folder: string, files: FileMap): void {
  for (const [path, bytes] of files) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}
