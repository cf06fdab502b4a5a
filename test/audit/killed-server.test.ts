import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createGroupCommit, openSequencer } from "#audit/io";
import type { EntryId } from "#kernel";
import { sampleEntry } from "../support/attack.ts";
import { checkLogs } from "../support/log-check.ts";
import { logOnServer } from "../support/own-cluster.ts";
import { drain, sequencing } from "../support/sequencing.ts";

const log = await logOnServer();
const { server, database, audit, keys, claim } = log;
const { parts } = sequencing(log);
const alone = createGroupCommit({ database, keys, clock: Date.now });

/** Writers of both kinds until the server is gone; gives what it had acknowledged. */
async function load(untilAcknowledged: number): Promise<readonly EntryId[]> {
  const acknowledged: EntryId[] = [];
  let dead = false;
  const writers = Array.from({ length: 12 }, async (_, writer) => {
    while (!dead) {
      const entry = sampleEntry({ writer, text: "x".repeat(400) });
      const written = writer < 4 ? database.withTenant(claim, (tx) => audit.append(tx, entry)) : alone(claim, entry);
      await written.then(
        (id) => acknowledged.push(id),
        () => pause(1),
      );
    }
  });
  while (acknowledged.length < untilAcknowledged) await pause(1);
  await server.kill();
  dead = true;
  await Promise.all(writers);
  return acknowledged;
}

describe("case 33 (A1): PostgreSQL is killed under load", () => {
  it(
    "every acknowledged entry is there afterwards, twice over, and each has one place",
    { timeout: 120_000 },
    async () => {
      const acknowledged: EntryId[] = [];
      for (let round = 0; round < 2; round++) {
        const sequencer = await openSequencer({ ...parts, database: log.role("sequencer") });
        let sequencing = true;
        const sequenced = (async () => {
          while (sequencing) {
            if ((await sequencer.batch().catch(() => null)) === null) return;
            await pause(10);
          }
        })();
        acknowledged.push(...(await load(200)));
        sequencing = false;
        await sequenced;
        await server.start();
      }
      const rows = await server.sql("select entry_id from audit.entry where tenant_id = $1", [claim.tenantId]);
      const there = new Set(rows.map((row) => row["entry_id"]));
      expect(acknowledged.length).toBeGreaterThanOrEqual(400);
      expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
      await drain(await openSequencer({ ...parts, database: log.role("sequencer") }));
      expect((await checkLogs(log)).get(claim.tenantId)).toBe(rows.length);
    },
  );
});
