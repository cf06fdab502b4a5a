// The compare-and-swap store in a file of its own: SQLite gives the lock between processes, the transaction and the sync.

import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { Fault } from "#kernel";
import type { CheckpointStore } from "../checkpoint-store.ts";

const row = z.object({ note: z.string(), size: z.int().nonnegative(), root: z.instanceof(Uint8Array) });
const noteRow = z.object({ note: z.string() });

const BUSY_MS = 5_000;

export interface OpenStore extends CheckpointStore {
  close(): void;
}

/** "kept": whoever it belongs to has signed before, and remembers here what. "new": nobody has yet. */
export type Memory = "kept" | "new";

/**
 * Opens or makes the store at `file`. Any number of processes may have it open. INVARIANT: a signer whose memory is gone is never taken
 * for one that has not signed yet: it would sign a second past.
 */
export function openCheckpointStore(file: string, memory: Memory): OpenStore {
  const db = new DatabaseSync(file, { timeout: BUSY_MS });
  if (memory === "kept" && db.prepare("select name from sqlite_schema where name = 'head'").get() === undefined) {
    db.close();
    throw new Fault(
      "config_invalid",
      `${file} is missing or empty, and the key beside it has signed before. Restore the file as it was; without it this key would sign a second past. If it is lost for good, begin anew in an empty directory, with a new key that others are told of.`,
    );
  }
  // EXTRA also syncs the folder after the rollback journal is gone: without it a power loss could turn a swap back.
  db.exec(`pragma journal_mode = delete; pragma synchronous = extra;
    create table if not exists head (origin text primary key, note text not null, size integer not null, root blob not null) strict`);
  const find = db.prepare("select note, size, root from head where origin = ?");
  const findNote = db.prepare("select note from head where origin = ?");
  const put = db.prepare(
    "insert into head (origin, note, size, root) values (?, ?, ?, ?) on conflict (origin) do update set note = excluded.note, size = excluded.size, root = excluded.root",
  );
  return {
    async read(origins) {
      return origins.map((origin) => {
        const found = find.get(origin);
        return found === undefined ? null : row.parse(found);
      });
    },
    async swap(swaps) {
      db.exec("begin immediate");
      try {
        const done = swaps.map(({ origin, expected, next }) => {
          const found = findNote.get(origin);
          const there = found === undefined ? null : noteRow.parse(found).note;
          if (there !== expected) return false;
          put.run(origin, next.note, next.size, next.root);
          return true;
        });
        db.exec("commit");
        return done;
      } catch (error) {
        // A full disk has rolled it back already.
        if (db.isTransaction) db.exec("rollback");
        throw new Fault("broker_unavailable", "The store of signed checkpoints could not be written.", {
          cause: error,
        });
      }
    },
    close: () => db.close(),
  };
}
