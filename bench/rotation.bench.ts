// A new key for every client: 1,000 of them, each with its data keys, one after the other as `countersign tenant rotate` does it, on the
// file root key. Real PostgreSQL with its defaults. `--smoke`: 20 clients.

import { createDatabase, migrate } from "#platform/postgres";
import { createKeys } from "#keys/io";
import { rotateKek } from "#tenants/io";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";
import { median, rounded } from "./support/numbers.ts";

const BUDGET_MINUTES = 5;
const TENANTS = smoke ? 20 : 1_000;

await bench("rotation", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(dir, postgres);
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const access = { ...postgres, append: audit.append, kms };
  const keys = createKeys({ kms, clock: Date.now });
  const claims = await onboarded(TENANTS, access, database);
  for (const claim of claims)
    for (const purpose of ["env", "evidence", "packet"] as const)
      await database.withTenant(claim, (tx) => keys.sealing(tx, { purpose }));
  await database.close();

  const by = { operator: { type: "operator", id: "bench" }, requestId: "bench" } as const;
  const each: number[] = [];
  let rewrapped = 0;
  const began = performance.now();
  for (const { tenantId } of claims) {
    const at = performance.now();
    const done = await rotateKek(access, { tenant: tenantId, by });
    if (done.kind !== "rotated" || done.unreadable > 0) throw new Error("a key was not rotated");
    rewrapped += done.rewrapped;
    each.push(performance.now() - at);
  }
  const minutes = (performance.now() - began) / 60_000;
  const perThousand = (minutes * 1_000) / TENANTS;
  const result = { tenants: TENANTS, dataKeys: rewrapped, minutes: rounded(minutes), medianMs: rounded(median(each)) };
  console.log(JSON.stringify(result));
  if (perThousand > BUDGET_MINUTES)
    overBudget(`${rounded(perThousand)} minutes for 1,000 tenants' keys, at most ${BUDGET_MINUTES}`);
  publish({ ...result, budgetMinutes: BUDGET_MINUTES });
}
