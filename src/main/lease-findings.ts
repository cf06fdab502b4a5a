import type { Findings } from "#cli";
import { PLATFORM_LOG, type Known } from "#kernel";
import { leasesLeft } from "#leases/io";
import type { Environment } from "#platform/config";
import type { Database } from "#platform/postgres";
import { activeTenants, ownPrefix } from "#tenants/io";
import { leasesHere } from "./leases-here.ts";

type LeasesOpen = Findings["leases"]["open"] extends Known<infer T> ? T : never;

export async function leaseFindings(
  env: Environment,
  database: Known<Database>,
  finding: <T>(ask: () => Promise<T>) => Promise<Known<T>>,
): Promise<Findings["leases"]> {
  return {
    broker: await finding(() => brokerAnswers(env)),
    open: database.known ? await finding(() => leftOf(database.value)) : database,
  };
}

/** Asked of the platform's own log, for which nothing is ever leased. */
async function brokerAnswers(env: Environment): Promise<boolean> {
  const leases = leasesHere(env);
  if (leases === null) return false;
  try {
    await leases.open(PLATFORM_LOG);
    return true;
  } finally {
    leases.close();
  }
}

async function leftOf(database: Database): Promise<LeasesOpen> {
  const found = await Promise.all(
    (await database.withPlatform(activeTenants)).map(async (tenant) => {
      const claim = await database.claimFor(tenant);
      if (claim === null) return [];
      return database.withTenant(claim, async (tx) => [{ prefix: await ownPrefix(tx), ...(await leasesLeft(tx)) }]);
    }),
  );
  return found.flat();
}
