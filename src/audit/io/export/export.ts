// The log as files, for a disk that is written once (docs/audit-format.md). What was written is read back and verified.

import { setTimeout } from "node:timers/promises";
import { Fault, type TenantId } from "#kernel";
import type { Database, Statements, TenantClaim, TenantTx } from "#platform/postgres";
import {
  besideFile,
  canonicalBytes,
  checkpointFile,
  entriesFile,
  groupWidth,
  EPOCHS as EPOCH_FILES,
  MANIFEST,
  NOTHING_PINNED,
  parseCheckpoint,
  parseNote,
  TILE_WIDTH,
  tileFile,
  tenantLog,
  tilesOf,
  verify,
  type Log,
  type Report,
} from "#verifier";
import { EPOCHS, logOf, type LogName } from "../../proof.ts";
import { bodyBundle, bodyRanges } from "../body-bundles.ts";
import { readCheckpoint } from "../checkpoints.ts";
import { cosignedCheckpoint, filesBetween } from "../publish/epoch-copy.ts";
import { lastWitnessed, newestCheckpoint } from "../publish/records.ts";
import type { Reading, ShownTo } from "../reading.ts";
import { sha256 } from "../sha256.ts";
import { directorySource } from "../sources/directory.ts";
import { readSlots } from "../sources/slots.ts";
import { readTile } from "../tiles.ts";
import { openFolder, type ExportFolder } from "./folder.ts";
import { entryBundle, slotLines } from "./groups.ts";

export interface ExportParts {
  readonly database: Database;
  readonly reading: Reading;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /** For long runs: a line of progress. */
  readonly say: (line: string) => void;
}

export interface ExportedLog {
  readonly tenantId: TenantId;
  /** For progress: the tenant's prefix. */
  readonly prefix: string;
  /** Asked for anew for each transaction: one lives fifteen minutes. */
  readonly claim: () => Promise<TenantClaim>;
}

export interface ExportAsked {
  readonly logs: readonly ExportedLog[];
  readonly directory: string;
  readonly to: ShownTo;
}

export type Exported =
  | {
      readonly kind: "exported";
      readonly files: number;
      /** Files that an earlier run, which was cut off, had written. */
      readonly resumed: number;
      readonly entries: number;
      /** What the verifier says of the directory. Its key is for the reader to name, so the signature is not judged here. */
      readonly report: Report;
    }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

const refused = (problem: string): Exported => ({ kind: "refused", problems: [problem] });
const OURS = /^(?:manifest\.json|(?:epochs|t\/[0-9a-f-]{36})\/(?:checkpoint|(?:tile|bodies|keys|slots)\/[0-9a-z./]+))$/;

export async function exportLogs(parts: ExportParts, asked: ExportAsked): Promise<Exported> {
  const folder = await openFolder(asked.directory, (path) => OURS.test(path));
  if (folder === "no_directory") return refused(`${asked.directory} is a file. Name a new or empty directory.`);
  if (folder === "other_files") return refused("The directory holds other files. Name one that is new or empty.");
  if ((await folder.read(MANIFEST)) !== null)
    return refused(
      "The directory holds a finished export. Name another one: what was exported is never written again.",
    );
  const epoch = await epochOf(parts, folder);
  if (typeof epoch === "string") return refused(epoch);

  const run = { ...parts, folder, epoch, resumed: 0, entries: 0 };
  await epochFiles(run);
  for (const log of asked.logs) await tenantFiles(run, log, asked.to);
  await folder.sync();
  const manifest = canonicalBytes({ v: 1, files: Object.fromEntries(folder.files) });
  const files = folder.files.size;
  await folder.write(MANIFEST, () => only(manifest));
  await folder.sync();
  parts.say("Verifying what was written");
  const report = await verify(directorySource(asked.directory), NOTHING_PINNED, {
    sha256,
    subtle: crypto.subtle,
    tenants: null,
    bodies: true,
    full: true,
    now: parts.clock(),
  });
  return { kind: "exported", files, resumed: run.resumed, entries: run.entries, report };
}

interface Run extends ExportParts {
  readonly folder: ExportFolder;
  readonly epoch: number;
  resumed: number;
  entries: number;
}

/** An export is of one epoch. One that is continued keeps to the epoch that it began with. A text says why there is none. */
async function epochOf({ database, say }: ExportParts, folder: ExportFolder): Promise<number | string> {
  const path = checkpointFile(EPOCH_FILES);
  const begun = await folder.read(path);
  if (begun === null) await untilWitnessed(database, say);
  return database.withPlatform(async (tx) => {
    if (begun === null) {
      const newest = await readCheckpoint(tx, EPOCHS);
      const note = newest === null ? null : await cosignedCheckpoint(tx, newest.epoch);
      if (newest === null || note === null)
        return "There is no checkpoint yet, and nothing to export before it. A running server signs one within five minutes.";
      await folder.write(path, () => only(Buffer.from(note)));
      return newest.epoch;
    }
    const epoch = sizeOf(Buffer.from(begun).toString("utf8")) - 1;
    const same = await readCheckpoint(tx, EPOCHS, epoch);
    if (same === null || same.epoch !== epoch || bodyOf(same.note) !== bodyOf(Buffer.from(begun).toString("utf8")))
      return "The directory holds the beginning of another log's export. Name another one.";
    await folder.write(path, () => only(begun));
    return epoch;
  });
}

const LOOK_AGAIN_MS = 200;
const LOOKS = 50;

/**
 * Witnesses are asked a moment after an epoch is signed: a copy made in that moment would lack their signatures for ever. Where they
 * saw the epoch before, they are waited for; where they are away, or there are none, nobody waits.
 */
async function untilWitnessed(database: Database, say: (line: string) => void): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const [newest, witnessed] = await database.withPlatform(async (tx) => [
      (await newestCheckpoint(tx))?.epoch ?? 0,
      await lastWitnessed(tx),
    ]);
    if (witnessed === null || witnessed >= newest || witnessed < newest - 1) return;
    if (look === 0) say(`Waiting for the witnesses to see epoch ${newest}`);
    await setTimeout(LOOK_AGAIN_MS);
  }
}

const bodyOf = (text: string): string => {
  const note = parseNote(text);
  return note.kind === "note" ? note.body : "";
};
const sizeOf = (text: string): number => {
  const checkpoint = parseCheckpoint(bodyOf(text));
  return checkpoint.kind === "checkpoint" ? checkpoint.size : 0;
};

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function put(run: Run, path: string, bytes: () => AsyncIterable<Uint8Array>): Promise<void> {
  if (!(await run.folder.write(path, bytes))) run.resumed += 1;
}

async function epochFiles(run: Run): Promise<void> {
  await run.database.withPlatform(async (tx) => {
    for await (const { path, bytes } of filesBetween(tx, 0, run.epoch + 1)) await put(run, path, () => only(bytes));
  });
}

async function tenantFiles(run: Run, log: ExportedLog, to: ShownTo): Promise<void> {
  const { tenantId } = log;
  const inLog = async <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> =>
    run.database.withTenant(await log.claim(), work);
  const files = tenantLog(tenantId);
  const name = logOf(tenantId);
  // INVARIANT: on record, and committed, before the first byte of the log is written.
  const checkpoint = await inLog(async (tx) => {
    const found = await readCheckpoint(tx, name, run.epoch);
    await run.reading.note(tx, to, {
      kind: "audit.export",
      target: { type: "log", id: tenantId },
      count: found?.size ?? 0,
      what: { epoch: run.epoch },
    });
    return found;
  });
  if (checkpoint === null) return run.say(`${log.prefix}: no checkpoint covers it yet; left out`);
  await put(run, checkpointFile(files), () => only(Buffer.from(checkpoint.note)));
  const { size } = checkpoint;
  for (const tile of tilesOf(size))
    await put(run, tileFile(files, tile), async function* () {
      yield await inLog((tx) => tileOf(tx, name, files, tile));
    });
  for (let n = 0; groupWidth(n, size) > 0; n++) {
    const width = groupWidth(n, size);
    await put(run, entriesFile(files, n, width), async function* () {
      const entries = await inLog((tx) => entryBundle(tx, n, width));
      if (entries === null) throw missing(entriesFile(files, n, width));
      yield entries;
    });
    await put(run, besideFile(tenantId, "bodies", n, width), async function* () {
      for (const range of await inLog((tx) => bodyRanges(tx, tenantId, n, width)))
        yield await inLog((tx) => bodyBundle(tx, tenantId, range));
    });
    run.entries += width;
    if (n % 16 === 15) run.say(`${log.prefix}: ${n * TILE_WIDTH + width} of ${size} entries`);
  }
  const epochs = run.epoch + 1;
  for (let n = 0; groupWidth(n, epochs) > 0; n++) {
    const width = groupWidth(n, epochs);
    await put(run, besideFile(tenantId, "slots", n, width), async function* () {
      const from = n * TILE_WIDTH;
      yield slotLines(await inLog((tx) => readSlots(tx, tenantId, from, from + width)));
    });
  }
  run.say(`${log.prefix}: ${size} entries`);
}

const missing = (path: string): Fault =>
  new Fault("invariant_broken", `${path} cannot be made from the database. Run: countersign audit verify`);

async function tileOf(
  tx: Statements,
  name: LogName,
  log: Log,
  tile: { readonly level: number; readonly n: number; readonly width: number },
): Promise<Uint8Array> {
  const bytes = await readTile(tx, name, tile.level, tile.n, tile.width);
  if (bytes === null) throw missing(tileFile(log, tile));
  return bytes;
}
