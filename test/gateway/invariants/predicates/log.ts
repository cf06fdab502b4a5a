// The log after a trace is the log before it, and more.

import { expect } from "vitest";
import { z } from "zod";
import type { TestDatabase } from "../../../support/database.ts";

const row = z.object({ entry_id: z.string(), leaf_hash: z.string() });

export function watchLog(t: TestDatabase): () => Promise<void> {
  let before: ReadonlyMap<string, string> = new Map();
  return async () => {
    const all = z
      .array(row)
      .parse(await t.adminSql("select entry_id, encode(leaf_hash, 'hex') as leaf_hash from audit.entry"));
    const now = new Map(all.map(({ entry_id, leaf_hash }) => [entry_id, leaf_hash]));
    expect(
      [...before].filter(([id, hash]) => now.get(id) !== hash),
      "19: the log only grows",
    ).toEqual([]);
    before = now;
  };
}
