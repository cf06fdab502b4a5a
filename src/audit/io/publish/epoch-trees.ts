import type { Statements } from "#platform/postgres";
import type { Hash, Tile } from "#verifier";

/** The epoch log's tree, as the database has it. */
export interface EpochTrees {
  /** Exactly `tile.width` hashes; null: the tree does not reach that far. */
  tile(tx: Statements, tile: Tile): Promise<Uint8Array | null>;
  /** RFC 6962, 2.1.2. */
  consistency(tx: Statements, from: number, size: number): Promise<readonly Hash[]>;
}
