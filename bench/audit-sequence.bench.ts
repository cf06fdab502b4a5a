// Entries at 500 a second: how long until one is durable, how long until it has its place in the log, and what its place costs
// on disk. Real PostgreSQL with its defaults (fsync on), sealed bodies, one hot tenant. `--smoke`: 5 s instead of 30.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import sql from "sql-template-tag";
import { z } from "zod";
import { createAudit, createGroupCommit, openBroker, runSequencer } from "#audit/io";
import { createFileKms, createKeys, openRoot } from "#keys/io";
import { createDatabase, createRoleDatabase, migrate, startEmbeddedPostgres } from "#platform/postgres";
import { onboard } from "#tenants/io";

const BUDGET = { durable: { p50Ms: 1.5, p99Ms: 10 }, sequenced: { p50Ms: 5, p99Ms: 25 }, bytesPerEntry: 200 };
const PER_SECOND = 500;
const smoke = process.argv.includes("--smoke");
const seconds = smoke ? 5 : 30;

const dir = mkdtempSync(join(tmpdir(), "countersign-bench-"));
const postgres = await startEmbeddedPostgres({ dir });
const failures: string[] = [];
try {
  await run();
} finally {
  await postgres.stop();
  rmSync(dir, { recursive: true, force: true });
}
for (const failure of failures) console.error(`over budget: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function run(): Promise<void> {
  await migrate(postgres);
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const kms = createFileKms(join(dir, "keys"));
  await openRoot(database, kms);
  const keys = createKeys({ kms, clock: Date.now });
  const access = { adminUrl: postgres.adminUrl, claimKey: postgres.claimKey, append: createAudit({ keys }).append };
  const by = { operator: { type: "operator", id: "bench" }, requestId: "bench" } as const;
  const tenant = await onboard(access, { prefix: "acme", by });
  if (tenant.kind !== "onboarded") throw new Error(tenant.why);
  const { tenantId } = tenant;
  const claim = await database.claimFor(tenantId);
  if (claim === null) throw new Error("the tenant is gone");
  const append = createGroupCommit({ database, keys, clock: Date.now });
  const role = createRoleDatabase({ url: postgres.sequencerUrl, role: "sequencer" });
  const { broker, close } = openBroker(join(dir, "broker"), "bench.example");
  const sequencer = runSequencer({
    database: role,
    signer: broker,
    build: "bench",
    now: Date.now,
    epochEveryMs: 2_000,
    onAlarm: (alarm) => failures.push(`alarm: ${alarm.message}`),
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
    const id = await append(claim, entry());
    const now = performance.now();
    durable.push(now - due);
    began.set(id, now);
  };
  await Promise.all(Array.from({ length: 50 }, () => one(performance.now())));
  durable.length = 0;
  const waits: Promise<void>[] = [];
  const started = performance.now();
  // By the clock, not by the last answer: a slow answer must not make the load lighter.
  for (let n = 0; n < seconds * PER_SECOND; n += 1) {
    const due = started + (n * 1_000) / PER_SECOND;
    if (due > performance.now()) await pause(due - performance.now());
    waits.push(one(performance.now()));
  }
  await Promise.all(waits);
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
    durable: { p50_ms: percentile(durable, 0.5), p99_ms: percentile(durable, 0.99) },
    sequenced: { p50_ms: percentile(sequenced, 0.5), p99_ms: percentile(sequenced, 0.99) },
    reference: { what: "p50 of an empty tenant transaction", p50_ms: percentile(empty, 0.5) },
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
  if (space.rows > BUDGET.bytesPerEntry) failures.push("space of tree and chain");
  // Five seconds on a busy machine say nothing about a percentile.
  if (smoke) return;
  for (const level of ["durable", "sequenced"] as const) {
    if (figures[level].p50_ms > BUDGET[level].p50Ms) failures.push(`${level}, p50`);
    if (figures[level].p99_ms > BUDGET[level].p99Ms) failures.push(`${level}, p99`);
  }
  mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
  writeFileSync(
    join(import.meta.dirname, "results/audit-sequence.json"),
    `${JSON.stringify({ command: "node bench/audit-sequence.bench.ts", perSecond: PER_SECOND, seconds, ...figures, budget: BUDGET }, null, 2)}\n`,
  );
}

function entry() {
  return {
    kind: "gate.verdict",
    outcome: "success",
    observer: { type: "app", id: "bench" },
    initiator: { type: "human", id: "7" },
    target: { type: "pull_request", id: "1/2" },
    requestId: "bench",
    body: { title: "x".repeat(900) },
  } as const;
}

function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN) * 10) / 10;
}
