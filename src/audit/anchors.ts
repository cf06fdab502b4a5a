// Copies of the epoch log where this program cannot take them back: which files an epoch adds, and under which names.

import {
  checkpointFile,
  entriesFile,
  EPOCHS,
  TILE_LEVELS,
  TILE_WIDTH,
  tileFile,
  tileWidth,
  type Tile,
} from "#verifier";

/** A tile, or a bundle of entries, that a tree of some size needs and one of another size did not have. */
export interface EpochFile {
  readonly path: string;
  readonly holds:
    | { readonly kind: "tile"; readonly tile: Tile }
    | { readonly kind: "entries"; readonly n: number; readonly width: number };
}

/** What a copy of the first `from` epochs lacks of one of `size`: full tiles, and the partial ones of this very size. */
export function epochFiles(from: number, size: number): readonly EpochFile[] {
  const files: EpochFile[] = [];
  for (let level = 0; level < TILE_LEVELS; level++) {
    const width = TILE_WIDTH ** level;
    const before = Math.floor(from / width);
    const after = Math.floor(size / width);
    for (let n = Math.floor(before / TILE_WIDTH); n * TILE_WIDTH < after; n++) {
      const tile = { level, n, width: tileWidth(level, n, size) };
      files.push({ path: tileFile(EPOCHS, tile), holds: { kind: "tile", tile } });
      if (level === 0)
        files.push({ path: entriesFile(EPOCHS, n, tile.width), holds: { kind: "entries", n, width: tile.width } });
    }
  }
  return files;
}

/** The newest checkpoint: the only file of a copy that is ever replaced. */
export const NEWEST = checkpointFile(EPOCHS);
/** Every checkpoint, once. In groups of a thousand, so that no folder grows without end. */
export const checkpointPath = (epoch: number): string =>
  `epochs/checkpoints/${String(Math.floor(epoch / 1000)).padStart(6, "0")}/${String(epoch).padStart(9, "0")}`;
