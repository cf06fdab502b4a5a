// What isolation costs. Row-level security: a policy as ours with a tenant that is simply known, beside the same rows without a policy,
// in turns. The check of the signed claim, which each statement adds: the same policy with app.tid(), beside that. Real PostgreSQL, a million rows of 200 tenants, one of them with 100,000. `--smoke`: 20,000 rows.

import pg from "pg";
import { createDatabase, migrate } from "#platform/postgres";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";
import { median, rounded } from "./support/numbers.ts";

const BUDGET = { indexedReads: 1.1, unindexedScan: 1.1, claimUs: 80 };
const ROWS = smoke ? 20_000 : 1_000_000;
const OWN = ROWS / 10;
const OTHERS = 200;
const ROUNDS = smoke ? 3 : 15;
const POINTS = smoke ? 50 : 400;
const SCANS = smoke ? 1 : 3;
const CHECKS = 2_000;

await bench("tenants", run, { fsync: "off", max_wal_size: "2GB", jit: "off" });

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit } = await openBenchLog(dir, postgres);
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const [claim] = await onboarded(1, { ...postgres, append: audit.append }, database);
  await database.close();
  if (claim === undefined) throw new Error("no tenant");
  const owner = new pg.Client({ connectionString: postgres.adminUrl });
  await owner.connect();
  await owner.query("create schema bench");
  for (const table of ["plain", "policy", "isolated"])
    await owner.query(`
      create table bench.${table} (tenant_id uuid not null, id bigint not null, kind integer not null, payload text not null, primary key (tenant_id, id));
      insert into bench.${table} select case when n <= ${OWN} then '${claim.tenantId}'::uuid else md5((n % ${OTHERS})::text)::uuid end, n, n % 1000, repeat(md5(n::text), 4)
      from generate_series(1, ${ROWS}) n;
      create index on bench.${table} (tenant_id, kind, id);`);
  await owner.query("call platform.isolate_tenant_rows('bench.isolated')");
  await owner.query(
    "grant usage on schema bench to countersign_app; grant select on all tables in schema bench to countersign_app",
  );
  await owner.query("vacuum (analyze) bench.plain, bench.policy, bench.isolated");
  await owner.end();

  const app = new pg.Client({ connectionString: postgres.appUrl });
  await app.connect();
  const timed = async (times: number, work: (n: number) => Promise<unknown>): Promise<number> => {
    await app.query("begin");
    await app.query("select set_config('app.claim', $1, true)", [claim.text]);
    const began = performance.now();
    for (let n = 0; n < times; n += 1) await work(n);
    const took = (performance.now() - began) / times;
    await app.query("commit");
    return took;
  };
  const own = `tenant_id = '${claim.tenantId}'`;
  const shapes: Readonly<
    Record<string, { readonly times: number; readonly sql: (table: string, n: number) => string }>
  > = {
    pointRead: {
      times: POINTS,
      sql: (table, n) => `select * from bench.${table} where ${own} and id = ${1 + ((n * 7_919) % OWN)}`,
    },
    list: {
      times: POINTS,
      sql: (table, n) => `select * from bench.${table} where ${own} and kind = ${n % 1000} order by id limit 50`,
    },
    unindexedScan: {
      times: SCANS,
      sql: (table) => `select count(*) from bench.${table} where ${own} and payload like '%abc%'`,
    },
  };
  const ratios: Record<string, number> = {};
  const withClaim: Record<string, number> = {};
  for (const [name, { times, sql }] of Object.entries(shapes)) {
    const found: Record<"plain" | "policy" | "isolated", number[]> = { plain: [], policy: [], isolated: [] };
    for (let round = 0; round <= ROUNDS; round += 1)
      for (const table of ["plain", "policy", "isolated"] as const) {
        const took = await timed(times, (n) => app.query(sql(table, n)));
        if (round > 0) found[table].push(took);
      }
    ratios[name] = rounded(median(found.policy) / median(found.plain));
    withClaim[name] = rounded(median(found.isolated) / median(found.plain));
  }
  const perCall = async (call: string): Promise<number> =>
    (await timed(5, () => app.query(`select count(${call}) from generate_series(1, ${CHECKS})`))) / CHECKS;
  const calls: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    calls.push(((await perCall("app.tid()")) - (await perCall("clock_timestamp()"))) * 1_000);
  await app.end();
  const claimUs = rounded(median(calls));

  console.log(
    `row-level security against none: ${JSON.stringify(ratios)} (budget ${BUDGET.indexedReads}, scan ${BUDGET.unindexedScan})`,
  );
  console.log(`with the claim's check in each statement: ${JSON.stringify(withClaim)}`);
  console.log(`one check of a claim: ${claimUs} us (budget ${BUDGET.claimUs})`);
  // A few rows say nothing about a ratio.
  if (!smoke) {
    for (const name of ["pointRead", "list"]) if (!((ratios[name] ?? NaN) <= BUDGET.indexedReads)) overBudget(name);
    if (!((ratios["unindexedScan"] ?? NaN) <= BUDGET.unindexedScan)) overBudget("unindexed scan");
    if (claimUs > BUDGET.claimUs) overBudget("check of a claim");
  }
  publish({ rows: ROWS, own: OWN, ratios, withClaim, claimUs, budget: BUDGET });
}
