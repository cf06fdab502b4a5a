// The verifier beside the bare SHA-256 of the same bytes, with the same function: one hash of each leaf, one of each body.
// From files in memory, and from PostgreSQL with bodies. `--smoke` takes a small log and holds no rate from PostgreSQL.
//
// Budget: 1,000,000 entries from PostgreSQL with bodies in 10 s (scaled from what was run), a proof of 1.6 KB of hashes and 0.1 ms at
// a million entries, the next run O(new). Ratios from files are recorded. Exit status 1 when a budget is broken.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { databaseSource, openSequencer, sha256 } from "#audit/io";
import { createRoleDatabase, migrate, startEmbeddedPostgres } from "#platform/postgres";
import {
  filesSource, formatCheckpoint, formatNote, rootOf, HASH_BYTES, inclusionRanges, NOTHING_PINNED, verify, verifyInclusion, type LogSource, type Pinned, type Report, type VerifyOptions,
} from "#verifier"; // prettier-ignore
import { exportWorld, inMemory } from "../test/support/audit-log/export.ts";
import { logLine, signingKey } from "../test/support/audit-log/keys.ts";
import { proofIn } from "../test/support/audit-log/proof.ts";
import { append, epoch, hashesOf, newWorld, tenantOf, TENANT } from "../test/support/audit-log/world.ts";

const smoke = process.argv.includes("--smoke");
const BUDGET = { millionSeconds: 10, proofBytes: 1_600, proofMs: 0.1 };
const SIZE = { files: smoke ? 4_000 : 40_000, database: smoke ? 2_000 : 50_000, body: 1_024, rounds: smoke ? 1 : 3 };
const OPTIONS: VerifyOptions = {
  sha256,
  subtle: crypto.subtle,
  now: Date.now(),
  tenants: null,
  bodies: true,
  full: false,
};

async function seconds(fn: () => unknown): Promise<number> {
  const from = performance.now();
  await fn();
  return (performance.now() - from) / 1000;
}
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
async function verified(source: LogSource, pinned: Pinned): Promise<Report> {
  const report = await verify(source, pinned, OPTIONS);
  if (report.state !== "verified")
    throw new Error(JSON.stringify(report.verdicts.map(({ says, findings }) => [says, findings[0]])));
  return report;
}

async function fromFiles(): Promise<{
  readonly perSecond: number;
  readonly ratio: number;
  readonly incrementalMs: number;
}> {
  const world = newWorld([TENANT]);
  for (let i = 0; i < SIZE.files; i++) append(world, TENANT, { body: "x".repeat(SIZE.body) });
  epoch(world);
  const files = exportWorld(world, { manifest: false });
  const pinned: Pinned = { ...NOTHING_PINNED, key: world.signer.key };
  const inputs = tenantOf(world, TENANT).entries.flatMap(({ leaf, parts }) => [
    leaf,
    ...parts.map((part) => part?.ct ?? leaf),
  ]);
  const [bare, whole]: [number[], number[]] = [[], []];
  let report: Report | null = null;
  for (let i = 0; i < SIZE.rounds; i++) {
    bare.push(await seconds(() => inputs.forEach((bytes) => sha256(bytes))));
    whole.push(await seconds(async () => (report = await verified(filesSource(inMemory(files)), pinned))));
  }
  append(world, TENANT);
  epoch(world);
  const later = filesSource(inMemory(exportWorld(world, { manifest: false })));
  const incremental = await seconds(async () => verified(later, { ...pinned, held: report?.held ?? null }));
  return {
    perSecond: SIZE.files / median(whole),
    ratio: median(bare) / median(whole),
    incrementalMs: incremental * 1000,
  };
}

function proof(): { readonly bytes: number; readonly ms: number } {
  const size = 1_000_000;
  const index = 654_321;
  const hashes = inclusionRanges(index, size).length;
  // The time of one check does not depend on what the hashes are: a small tree's, as often as a large one's proof is long.
  const leaves = hashesOf(tenantOf(small(), TENANT).entries);
  const inclusion = {
    leaf: leaves[3] ?? new Uint8Array(),
    index: 3,
    size: leaves.length,
    root: rootOf(sha256, leaves),
    proof: proofIn(leaves, 3),
  };
  const rounds = 2_000;
  const from = performance.now();
  for (let i = 0; i < rounds; i++) if (!verifyInclusion(sha256, inclusion)) throw new Error("the proof is wrong");
  const each = (performance.now() - from) / rounds / inclusion.proof.length;
  // Tenant of a million, 1,000 tenants, seven years of epochs.
  const all = hashes + 10 + 20;
  return { bytes: all * HASH_BYTES, ms: each * all };
}
function small() {
  const world = newWorld([TENANT]);
  for (let i = 0; i < 1_000; i++) append(world, TENANT);
  return world;
}

async function fromDatabase(): Promise<{ readonly perSecond: number; readonly incrementalMs: number }> {
  const dir = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  const postgres = await startEmbeddedPostgres({ dir });
  try {
    await migrate(postgres);
    const { adminUrl } = postgres;
    const admin = new pg.Client({ connectionString: adminUrl, options: "-c audit.migration=bench" });
    await admin.connect();
    await admin.query(
      "insert into platform.tenant (id, prefix) values ('0198c1d2-0000-7000-8000-00000000000a', 'bench')",
    );
    await fill(admin, SIZE.database);
    const key = signingKey("bench/epochs", "bench");
    const sequencer = await openSequencer({
      database: createRoleDatabase({ url: postgres.sequencerUrl, role: "sequencer" }),
      signer: {
        identity: async () => ({ base: "bench", vkey: key.vkey }),
        last: async () => null,
        rotation: async () => null,
        sign: async (heads) =>
          heads.map(({ origin, size, root }) => {
            const body = formatCheckpoint({ origin, size, root });
            return { kind: "signed", note: formatNote(body, [logLine(key, origin, body)]) };
          }),
      },
      build: "bench",
      now: Date.now,
    });
    const sequence = async (): Promise<void> => {
      for (let batch = await sequencer.batch(); batch.kind !== "clock" && batch.entries > 0;)
        batch = await sequencer.batch();
      await sequencer.epoch();
    };
    await sequence();
    const database = createRoleDatabase({ url: postgres.auditorUrl, role: "auditor" });
    const source = (): LogSource => databaseSource({ database, bodies: true });
    const pinned: Pinned = { ...NOTHING_PINNED, key: key.key };
    let report: Report | null = null;
    const times: number[] = [];
    for (let i = 0; i < SIZE.rounds; i++)
      times.push(await seconds(async () => (report = await verified(source(), pinned))));
    await fill(admin, 10);
    await sequence();
    const incremental = await seconds(async () => verified(source(), { ...pinned, held: report?.held ?? null }));
    await admin.end();
    await database.close();
    return { perSecond: SIZE.database / median(times), incrementalMs: incremental * 1000 };
  } finally {
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Entries with sealed-looking bodies, made inside the database: what they are made of is nothing to whoever hashes them. */
async function fill(admin: pg.Client, count: number): Promise<void> {
  await admin.query(
    `with made as (
       select platform.uuidv7() as id, gen.n, decode(substr(repeat(md5(gen.n::text || clock_timestamp()), 70), 1, ${2 * (SIZE.body + 16)}), 'hex') as ct,
         decode(substr(md5(gen.n::text), 1, 24), 'hex') as nonce,
         to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ts
       from generate_series(1, $2::int) gen(n)),
     entry as (
       insert into audit.entry (tenant_id, entry_id, leaf)
       select $1::uuid, id, convert_to(format('{"body":[{"h":"%s","kc":"%s","len":%s}],"id":"%s","kind":"gate.verdict","log":"%s","outcome":"success","ts":"%s","v":1}',
         encode(sha256(nonce || ct), 'hex'), encode(sha256(nonce), 'hex'), octet_length(ct), id, $1::text, ts), 'UTF8') from made)
     insert into audit.body (tenant_id, entry_id, part, nonce, key_id, ct) select $1::uuid, id, 0, nonce, 'bench', ct from made`,
    ["0198c1d2-0000-7000-8000-00000000000a", count],
  );
}

const files = await fromFiles();
const database = await fromDatabase();
const one = proof();
const million = 1_000_000 / database.perSecond;
const result = {
  files: {
    entries: SIZE.files,
    perSecond: Math.round(files.perSecond),
    ratioToBareSha256: Number(files.ratio.toFixed(2)),
    nextRunMs: Number(files.incrementalMs.toFixed(1)),
  },
  database: {
    entries: SIZE.database,
    perSecond: Math.round(database.perSecond),
    secondsForAMillion: Number(million.toFixed(1)),
    nextRunMs: Number(database.incrementalMs.toFixed(1)),
  },
  proof: { rawBytes: one.bytes, checkMs: Number(one.ms.toFixed(3)) },
};
console.log(JSON.stringify(result, null, 2));
if (!smoke) {
  mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
  writeFileSync(join(import.meta.dirname, "results", "audit-verify.json"), `${JSON.stringify(result, null, 2)}\n`);
}
const broken = [
  ...(smoke || million <= BUDGET.millionSeconds
    ? []
    : [`1,000,000 entries take ${million.toFixed(1)} s (budget ${BUDGET.millionSeconds})`]),
  ...(one.bytes <= BUDGET.proofBytes ? [] : [`a proof has ${one.bytes} bytes (budget ${BUDGET.proofBytes})`]),
  ...(one.ms <= BUDGET.proofMs ? [] : [`a proof takes ${one.ms.toFixed(3)} ms (budget ${BUDGET.proofMs})`]),
];
for (const line of broken) console.error(`budget broken: ${line}`);
process.exitCode = broken.length === 0 ? 0 : 1;
