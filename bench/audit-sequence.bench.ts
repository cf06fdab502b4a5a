// Entries at 500 a second: how long until one is durable, how long until it has its place in the log, and what its place costs
// on disk. Real PostgreSQL with its defaults (fsync on), sealed bodies, one hot tenant. `--smoke`: 5 s instead of 30.

import { join } from "node:path";
import sql from "sql-template-tag";
import { z } from "zod";
import { createGroupCommit, openBroker, runSequencer } from "#audit/io";
import { createKeys } from "#keys/io";
import { createDatabase, createRoleDatabase, migrate } from "#platform/postgres";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { benchEntry, onboarded, openBenchLog } from "./support/log.ts";
import { percentile, rounded } from "./support/numbers.ts";
import { paced } from "./support/paced.ts";

const BUDGET = { durable: { p50Ms: 1.5, p99Ms: 10 }, sequenced: { p50Ms: 5, p99Ms: 25 }, bytesPerEntry: 200 };
const PER_SECOND = 500;
const TEXT = "x".repeat(900);
const seconds = smoke ? 5 : 30;

await bench("audit-sequence", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(dir, postgres);
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const [claim] = await onboarded(1, { ...postgres, append: audit.append }, database);
  if (claim === undefined) throw new Error("no tenant");
  const { tenantId } = claim;
  const append = createGroupCommit({ database, keys: createKeys({ kms, clock: Date.now }), clock: Date.now });
  const role = createRoleDatabase({ url: postgres.sequencerUrl, role: "sequencer" });
  const { broker, close } = openBroker(join(dir, "broker"), "bench.example");
  const sequencer = runSequencer({
    database: role,
    signer: broker,
    build: "bench",
    now: Date.now,
    epochEveryMs: 2_000,
    onAlarm: (alarm) => overBudget(`alarm: ${alarm.message}`),
  });

  const began = new Map<string, number>();
  const sequenced: number[] = [];
  let next = 0;
  let done = false;
  const placedRow = z.object({ entry_id: z.string(), idx: z.int() });
  /** Reads each new place as soon as a batch is committed: what its reader sees, the read included. */
  const watching = (async () => {
    while (!done || sequenced.length < began.size) {
      await sequencer.progress.wait(100);
      const placed = await role.transaction((tx) =>
        tx.many(sql`select entry_id, idx from audit.leaf where tenant_id = ${tenantId} and idx >= ${next}`, placedRow),
      );
      const now = performance.now();
      for (const { entry_id, idx } of placed) {
        next = Math.max(next, idx + 1);
        const since = began.get(entry_id);
        if (since !== undefined) sequenced.push(now - since);
      }
    }
  })();

  const durable: number[] = [];
  const one = async (due: number): Promise<void> => {
    const id = await append(claim, benchEntry(7, TEXT));
    const now = performance.now();
    durable.push(now - due);
    began.set(id, now);
  };
  await Promise.all(Array.from({ length: 50 }, () => one(performance.now())));
  durable.length = 0;
  await paced(PER_SECOND, seconds, () => one(performance.now()));
  done = true;
  await watching;

  const space = await role.transaction((tx) =>
    tx.one(
      sql`select (pg_relation_size('audit.leaf') + pg_relation_size('audit.tile')
          + (select pg_relation_size(c.reltoastrelid) from pg_class c where c.oid = 'audit.tile'::regclass))::float8 / n as rows,
        (pg_indexes_size('audit.leaf') + pg_indexes_size('audit.tile'))::float8 / n as indexes
        from (select count(*) as n from audit.leaf) l`,
      z.object({ rows: z.number(), indexes: z.number() }),
    ),
  );
  const empty: number[] = [];
  for (let n = 0; n < 300; n += 1) {
    const from = performance.now();
    await database.withTenant(claim, (tx) => tx.one(sql`select 1 as one`, z.object({ one: z.number() })));
    empty.push(performance.now() - from);
  }
  await sequencer.stop();
  await Promise.all([database.close(), role.close()]);
  close();

  const figures = {
    durable: { p50_ms: rounded(percentile(durable, 0.5)), p99_ms: rounded(percentile(durable, 0.99)) },
    sequenced: { p50_ms: rounded(percentile(sequenced, 0.5)), p99_ms: rounded(percentile(sequenced, 0.99)) },
    reference: { what: "p50 of an empty tenant transaction", p50_ms: rounded(percentile(empty, 0.5)) },
    bytesPerEntry: { rows: Math.round(space.rows), indexes: Math.round(space.indexes) },
  };
  console.log(`entries          ${durable.length} at ${PER_SECOND}/s for ${seconds} s, one tenant`);
  console.log(
    `durable          p50 ${figures.durable.p50_ms} ms, p99 ${figures.durable.p99_ms} ms (budget 1.5 and 10)`,
  );
  console.log(
    `sequenced        p50 ${figures.sequenced.p50_ms} ms, p99 ${figures.sequenced.p99_ms} ms after that (budget 5 and 25)`,
  );
  console.log(
    `tree and chain   ${figures.bytesPerEntry.rows} bytes an entry (budget ${BUDGET.bytesPerEntry}), and ${figures.bytesPerEntry.indexes} in indexes`,
  );
  if (space.rows > BUDGET.bytesPerEntry) overBudget("space of tree and chain");
  // Five seconds on a busy machine say nothing about a percentile.
  for (const level of smoke ? [] : (["durable", "sequenced"] as const)) {
    if (figures[level].p50_ms > BUDGET[level].p50Ms) overBudget(`${level}, p50`);
    if (figures[level].p99_ms > BUDGET[level].p99Ms) overBudget(`${level}, p99`);
  }
  publish({ perSecond: PER_SECOND, seconds, ...figures, budget: BUDGET });
}
