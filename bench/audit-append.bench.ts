// A durable entry of the audit log against a durable row of any table. Group-committed, with sealing, commitments, blind index,
// idempotence, row-level security, triggers and the commit-time check, beside the best plain one-row INSERT on the same machine,
// in interleaved slices; one hot tenant beside fifty; and how long an acknowledgement takes at 500 a second. `--smoke`: one round.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { NewEntry } from "#audit";
import { createGroupCommit, type AppendAlone } from "#audit/io";
import { createKeys } from "#keys/io";
import { createDatabase, migrate, openPool, startEmbeddedPostgres, type TenantClaim } from "#platform/postgres";
import { onboard } from "#tenants/io";
import { openBenchLog } from "./support/log.ts";

const BUDGET = { ratio: 0.8, hot: 0.9, p50Ms: 1.5, p99Ms: 10 };
const smoke = process.argv.includes("--smoke");
const ROUNDS = smoke ? 1 : 5;
const SLICE_MS = smoke ? 1_000 : 2_500;
const TENANTS = 50;
const PLAIN_CONNECTIONS = 32;
const CALLERS = 256;
const PER_SECOND = 500;
const PAYLOAD = "x".repeat(1_024);

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

function entry(n: number): NewEntry {
  return {
    kind: "audit.read",
    outcome: "success",
    observer: { type: "app", id: "countersign" },
    initiator: { type: "human", id: String(n % 40) },
    target: { type: "pull_request", id: `5#${n % 900}` },
    requestId: `bench-${n}`,
    body: { n, text: PAYLOAD },
  };
}

async function run(): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(dir, postgres);
  const access = { adminUrl: postgres.adminUrl, claimKey: postgres.claimKey, append: audit.append };
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const claims: TenantClaim[] = [];
  for (let n = 0; n < TENANTS; n += 1) {
    const by = { operator: { type: "operator", id: "bench" }, requestId: "bench" } as const;
    const tenant = await onboard(access, { prefix: `bench${n}`, by });
    const claim = tenant.kind === "onboarded" ? await database.claimFor(tenant.tenantId) : null;
    if (claim === null) throw new Error("no tenant");
    claims.push(claim);
  }
  const append = createGroupCommit({ database, keys: createKeys({ kms, clock: Date.now }), clock: Date.now });
  const plain = openPool({ url: postgres.adminUrl, max: PLAIN_CONNECTIONS, onError: () => {} });
  await plain.query(
    "create table public.plain (id bigint generated always as identity primary key, body bytea not null)",
  );
  const bytes = Buffer.alloc(1_400, 7);
  const insert = (): Promise<unknown> => plain.query("insert into public.plain (body) values ($1)", [bytes]);
  let n = 0;
  const toMany = (): Promise<unknown> => append(claims[(n += 1) % TENANTS] ?? fail(), entry(n));
  const toOne = (): Promise<unknown> => append(claims[0] ?? fail(), entry((n += 1)));

  await slice(PLAIN_CONNECTIONS, insert, 500);
  await slice(CALLERS, toMany, 1_000);
  const rounds: { plain: number; many: number; one: number; ratio: number; hot: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await slice(PLAIN_CONNECTIONS, insert, SLICE_MS);
    const many = await slice(CALLERS, toMany, SLICE_MS);
    const between = await slice(PLAIN_CONNECTIONS, insert, SLICE_MS);
    const one = await slice(CALLERS, toOne, SLICE_MS);
    const after = await slice(PLAIN_CONNECTIONS, insert, SLICE_MS);
    const around = (before + between + after) / 3;
    rounds.push({ plain: around, many, one, ratio: many / ((before + between) / 2), hot: one / many });
    console.log(
      `round ${round + 1}: plain ${Math.round(around)}/s, ${TENANTS} tenants ${Math.round(many)}/s, one tenant ${Math.round(one)}/s`,
    );
  }
  const ratio = median(rounds.map((round) => round.ratio));
  const hot = median(rounds.map((round) => round.hot));
  const waits = await paced(append, claims);
  const [p50, p99] = [percentile(waits, 0.5), percentile(waits, 0.99)];
  console.log(`group-committed entries at ${ratio.toFixed(2)} of plain rows (budget ${BUDGET.ratio})`);
  console.log(`one hot tenant at ${hot.toFixed(2)} of fifty (budget ${BUDGET.hot})`);
  console.log(
    `acknowledged at ${PER_SECOND}/s: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (budget ${BUDGET.p50Ms} and ${BUDGET.p99Ms})`,
  );
  // A second of one round decides nothing on a machine that others use, too.
  if (!smoke) {
    if (ratio < BUDGET.ratio) failures.push("entries against plain rows");
    if (hot < BUDGET.hot) failures.push("one hot tenant against fifty");
    if (p50 > BUDGET.p50Ms || p99 > BUDGET.p99Ms) failures.push("time to acknowledge");
    publish({ rounds, ratio, hot, p50, p99 });
  }
  await plain.end();
  await database.close();
}

/** Done per second by `workers` at once. */
async function slice(workers: number, work: () => Promise<unknown>, ms: number): Promise<number> {
  let done = 0;
  const began = performance.now();
  const until = began + ms;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (performance.now() < until) {
        await work();
        done += 1;
      }
    }),
  );
  return (done * 1_000) / (performance.now() - began);
}

/** Milliseconds from when each was due, by the clock and not by the last answer. */
async function paced(append: AppendAlone, claims: readonly TenantClaim[]): Promise<readonly number[]> {
  const waits: Promise<number>[] = [];
  const began = performance.now();
  for (let n = 0; n < (smoke ? 1 : 10) * PER_SECOND; n += 1) {
    const due = began + (n * 1_000) / PER_SECOND;
    if (performance.now() < due) await pause(due - performance.now());
    const sent = performance.now();
    waits.push(append(claims[n % TENANTS] ?? fail(), entry(n)).then(() => performance.now() - sent));
  }
  return Promise.all(waits);
}

function percentile(times: readonly number[], p: number): number {
  return times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * p))] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

function fail(): never {
  throw new Error("the benchmark's own constants are wrong");
}

function publish(found: {
  readonly rounds: readonly { readonly plain: number; readonly many: number; readonly one: number }[];
  readonly ratio: number;
  readonly hot: number;
  readonly p50: number;
  readonly p99: number;
}): void {
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  const result = {
    command: "node bench/audit-append.bench.ts",
    entries: { payloadBytes: PAYLOAD.length, tenants: TENANTS, callers: CALLERS },
    reference: { what: "one-row durable INSERT of 1,400 bytes", connections: PLAIN_CONNECTIONS },
    perSecond: {
      plain: Math.round(median(found.rounds.map((round) => round.plain))),
      fiftyTenants: Math.round(median(found.rounds.map((round) => round.many))),
      oneTenant: Math.round(median(found.rounds.map((round) => round.one))),
    },
    ratios: { toPlain: rounded(found.ratio), hotToFifty: rounded(found.hot) },
    acknowledged: { perSecond: PER_SECOND, p50_ms: rounded(found.p50), p99_ms: rounded(found.p99) },
    budget: BUDGET,
  };
  mkdirSync(join(import.meta.dirname, "results"), { recursive: true });
  writeFileSync(join(import.meta.dirname, "results/audit-append.json"), `${JSON.stringify(result, null, 2)}\n`);
}
