import type { Hono } from "hono";
import { createReading, proveEntry, readCheckpoint, readLeaves, readTile, type Audit } from "#audit/io";
import { createConsole } from "#console";
import type { HttpEnv } from "#platform/http";
import type { Database } from "#platform/postgres";
import { TILE_WIDTH } from "#verifier";

/** The log over HTTP, for the server and for the demo. */
export const consoleOf = ({ database, audit }: { readonly database: Database; readonly audit: Audit }): Hono<HttpEnv> =>
  createConsole({
    db: database,
    append: audit.append,
    reading: createReading(audit),
    trees: {
      checkpoint: async (tx, log) => (await readCheckpoint(tx, log))?.note ?? null,
      tile: readTile,
      entries: async (tx, log, n, width) => {
        const leaves = await readLeaves(tx, log, n * TILE_WIDTH, width);
        return leaves.length === width ? leaves : null;
      },
    },
    prove: (tx, id) => proveEntry(tx, { tenantId: tx.tenantId, entryId: id }),
    witnesses: async () => null,
    clock: Date.now,
  });
