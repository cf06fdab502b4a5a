// What a copy of the epoch log is made of, read from the database.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import type { Statements } from "#platform/postgres";
import { bundle, formatNote, parseNote, signatureLine, TILE_WIDTH } from "#verifier";
import { epochFiles } from "../../anchors.ts";
import { EPOCHS } from "../../proof.ts";
import { readTile } from "../tiles.ts";
import { checkpointAt, cosignaturesOf, lastWitnessed, newestCheckpoint } from "./records.ts";

export interface CopyFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const leafRow = z.object({ leaf: z.instanceof(Uint8Array) }).transform((row) => row.leaf);

/** The signed note of an epoch with the cosignatures that are there by now; null: it has no checkpoint. */
export async function cosignedCheckpoint(tx: Statements, epoch: number): Promise<string | null> {
  const checkpoint = await checkpointAt(tx, epoch);
  if (checkpoint === null) return null;
  const note = parseNote(checkpoint.note);
  if (note.kind === "malformed") throw new Fault("invariant_broken", `Checkpoint ${epoch} is no note.`);
  const own = note.signatures.map((one) => signatureLine(one.name, one.keyId, one.signature));
  const cosignatures = await cosignaturesOf(tx, epoch);
  return formatNote(note.body, [...own, ...cosignatures.map(({ line }) => line)]);
}

/** Tiles and entries that a copy of `from` epochs lacks of one of `size`. */
export async function* filesBetween(tx: Statements, from: number, size: number): AsyncGenerator<CopyFile> {
  for (const { path, holds } of epochFiles(from, size)) {
    const bytes =
      holds.kind === "tile"
        ? await readTile(tx, EPOCHS, holds.tile.level, holds.tile.n, holds.tile.width)
        : bundle(
            await tx.many(
              sql`select leaf from audit.epoch where epoch >= ${holds.n * TILE_WIDTH} and epoch < ${holds.n * TILE_WIDTH + holds.width} order by epoch`,
              leafRow,
            ),
          );
    if (bytes === null) throw new Fault("invariant_broken", `${path} of the epoch log is missing.`);
    yield { path, bytes };
  }
}

export interface PublishedCheckpoint {
  readonly epoch: number;
  /** The signed note with the cosignatures that are there by now. */
  readonly note: string;
  /** Whether this epoch had its quorum of witnesses. */
  readonly witnessed: boolean;
}

/** What a receipt carries into check runs and comments: the newest checkpoint, whoever has seen it. null: there is none yet. */
export async function publishedCheckpoint(tx: Statements): Promise<PublishedCheckpoint | null> {
  const newest = await newestCheckpoint(tx);
  if (newest === null) return null;
  const note = await cosignedCheckpoint(tx, newest.epoch);
  return { epoch: newest.epoch, note: note ?? newest.note, witnessed: (await lastWitnessed(tx)) === newest.epoch };
}
