// A durable entry of the audit log against a durable row of any table. Group-committed, with sealing, commitments, blind index,
// idempotence, row-level security, triggers and the commit-time check, beside the best plain one-row INSERT on the same machine,
// in interleaved slices; one hot tenant beside fifty; and how long an acknowledgement takes at 500 a second. `--smoke`: one round.

import { createGroupCommit } from "#audit/io";
import { createKeys } from "#keys/io";
import { createDatabase, migrate, openPool } from "#platform/postgres";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { benchEntry, onboarded, openBenchLog } from "./support/log.ts";
import { median, percentile, rounded } from "./support/numbers.ts";
import { paced } from "./support/paced.ts";

const BUDGET = { ratio: 0.8, hot: 0.9, p50Ms: 1.5, p99Ms: 10 };
const ROUNDS = smoke ? 1 : 5;
const SLICE_MS = smoke ? 1_000 : 2_500;
const TENANTS = 50;
const PLAIN_CONNECTIONS = 32;
const CALLERS = 256;
const PER_SECOND = 500;
const PACED_SECONDS = smoke ? 1 : 3;
const PAYLOAD = "x".repeat(1_024);

await bench("audit-append", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(dir, postgres);
  const access = { adminUrl: postgres.adminUrl, claimKey: postgres.claimKey, append: audit.append };
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const claims = await onboarded(TENANTS, access, database);
  const append = createGroupCommit({ database, keys: createKeys({ kms, clock: Date.now }), clock: Date.now });
  const plain = openPool({ url: postgres.adminUrl, max: PLAIN_CONNECTIONS, onError: () => {} });
  await plain.query(
    "create table public.plain (id bigint generated always as identity primary key, body bytea not null)",
  );
  const bytes = Buffer.alloc(1_400, 7);
  const insert = (): Promise<unknown> => plain.query("insert into public.plain (body) values ($1)", [bytes]);
  let n = 0;
  const toMany = (): Promise<unknown> => append(claims[(n += 1) % TENANTS] ?? fail(), benchEntry(n, PAYLOAD));
  const toOne = (): Promise<unknown> => append(claims[0] ?? fail(), benchEntry((n += 1), PAYLOAD));

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
  // In turns, and each beside the plain row of the same seconds: a machine that stalls, stalls both.
  const waits: { plain: number[]; entry: number[] } = { plain: [], entry: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    waits.plain.push(...(await paced(PER_SECOND, PACED_SECONDS, () => timed(insert))));
    waits.entry.push(
      ...(await paced(PER_SECOND, PACED_SECONDS, (at) =>
        timed(() => append(claims[at % TENANTS] ?? fail(), benchEntry(at, PAYLOAD))),
      )),
    );
  }
  const of = (times: readonly number[]) => ({
    p50_ms: rounded(percentile(times, 0.5)),
    p99_ms: rounded(percentile(times, 0.99)),
  });
  const [acknowledged, reference] = [of(waits.entry), of(waits.plain)];
  console.log(`group-committed entries at ${ratio.toFixed(2)} of plain rows (budget ${BUDGET.ratio})`);
  console.log(`one hot tenant at ${hot.toFixed(2)} of fifty (budget ${BUDGET.hot})`);
  console.log(
    `acknowledged at ${PER_SECOND}/s: p50 ${acknowledged.p50_ms} ms, p99 ${acknowledged.p99_ms} ms (budget ${BUDGET.p50Ms} and ${BUDGET.p99Ms}); a plain row: ${reference.p50_ms} and ${reference.p99_ms}`,
  );
  // A second of one round decides nothing on a machine that others use, too.
  if (!smoke) {
    if (ratio < BUDGET.ratio) overBudget("entries against plain rows");
    if (hot < BUDGET.hot) overBudget("one hot tenant against fifty");
    if (acknowledged.p50_ms > BUDGET.p50Ms || acknowledged.p99_ms > BUDGET.p99Ms) overBudget("time to acknowledge");
  }
  publish({
    entries: { payloadBytes: PAYLOAD.length, tenants: TENANTS, callers: CALLERS },
    reference: { what: "one-row durable INSERT of 1,400 bytes", connections: PLAIN_CONNECTIONS },
    perSecond: {
      plain: Math.round(median(rounds.map((round) => round.plain))),
      fiftyTenants: Math.round(median(rounds.map((round) => round.many))),
      oneTenant: Math.round(median(rounds.map((round) => round.one))),
    },
    ratios: { toPlain: rounded(ratio), hotToFifty: rounded(hot) },
    acknowledged: { perSecond: PER_SECOND, ...acknowledged, aPlainRow: reference },
    budget: BUDGET,
  });
  await plain.end();
  await database.close();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
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

function fail(): never {
  throw new Error("the benchmark's own constants are wrong");
}
