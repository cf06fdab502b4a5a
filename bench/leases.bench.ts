// A lease's whole life: asked for, given out, redeemed, finished, with its row, its entries and its sealed spool, eight at a time. How many a
// second, and how long after use a credential is dead. Real PostgreSQL with its defaults; the provider answers at once, so that this is our own
// part of the goal. `--smoke`: fifty leases, and no budget that another load on the machine could break.

import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { instantOfMillis } from "#kernel";
import type { LeaseProvider } from "#leases";
import { createLeaseBroker, createLeaseRecord, openLeaseSpool, type LeaseBroker } from "#leases/io";
import { createDatabase, migrate, type TenantClaim } from "#platform/postgres";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";
import { median, percentile, rounded } from "./support/numbers.ts";

const BUDGET_REVOKE_P99_MS = 2_000;
const LEASES = smoke ? 50 : 2_000;
const AT_ONCE = 8;

await bench("leases", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(dir, postgres);
  const app = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const tenants = await onboarded(AT_ONCE, { ...postgres, append: audit.append }, app);
  await app.close();

  const database = createDatabase({ url: postgres.brokerUrl, claimKey: postgres.claimKey, login: "lease broker" });
  const spool = await openLeaseSpool(join(dir, "leases"), kms);
  const living = new Set<string>();
  const broker = createLeaseBroker({
    record: createLeaseRecord({ database, append: audit.append, broker: spool.broker }),
    spool,
    providers: { github: null, database: providerOf(living), vault: null },
    clock: {
      monotonic: () => performance.now(),
      wall: () => instantOfMillis(Date.now()),
      pause: (ms) => pause(ms, undefined, { ref: false }),
    },
    events: {
      onFault: (error) => {
        throw error;
      },
      onIrrevocable: () => {
        throw new Error("a lease could not be revoked");
      },
    },
    proxy: () => null,
  });

  const revokes: number[] = [];
  let left = LEASES;
  const began = performance.now();
  await Promise.all(
    tenants.map(async (claim) => {
      while (left-- > 0) revokes.push(await life(broker, claim));
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  if (living.size > 0) throw new Error(`${living.size} credentials live on`);
  await broker.close();
  await database.close();

  const p99 = percentile(revokes, 0.99);
  const result = { leases: revokes.length, atOnce: AT_ONCE, perSecond: rounded(revokes.length / seconds), revokeP50Ms: rounded(median(revokes)), revokeP99Ms: rounded(p99) }; // prettier-ignore
  console.log(JSON.stringify(result));
  if (!smoke && p99 > BUDGET_REVOKE_P99_MS)
    overBudget(`${rounded(p99)} ms until a credential is dead after use (p99), at most ${BUDGET_REVOKE_P99_MS}`);
  publish({ ...result, budgetRevokeP99Ms: BUDGET_REVOKE_P99_MS });
}

function providerOf(living: Set<string>): LeaseProvider {
  let made = 0;
  return {
    async mint() {
      const username = `lease${(made += 1)}`;
      living.add(username);
      const credential = { kind: "login", username, password: "x" } as const;
      return { kind: "minted", minted: { credential, revocation: {}, endsAt: null } };
    },
    async revoke(_, { credential }) {
      if (credential.kind === "login") living.delete(credential.username);
    },
  };
}

/** How long finishing took, in milliseconds: the provider's yes, the row, the entry and the spool. */
async function life(broker: LeaseBroker, { tenantId: tenant }: TenantClaim): Promise<number> {
  const run = "bench";
  const scope = { kind: "database", name: "DATABASE_URL" } as const;
  const asked = await broker.ask({ tenant, run, purpose: "sql.select", scope, seconds: 60 });
  if (asked.kind !== "leased") throw new Error(asked.why);
  const holder = { tenant, run, handle: asked.handle };
  if ((await broker.redeem(holder)).kind !== "credential") throw new Error("a lease could not be used");
  const at = performance.now();
  if ((await broker.finish(holder)).kind !== "revoked") throw new Error("a lease was not revoked");
  return performance.now() - at;
}
