import type { Findings } from "#cli";
import { PLATFORM_LOG, type Known } from "#kernel";
import { keyAges } from "#keys/io";
import type { Database } from "#platform/postgres";
import { activeTenants, ownPrefix, revocations } from "#tenants/io";

type KeyFindings = Findings["keys"] extends Known<infer T> ? T : never;

/** Of each active tenant, and of the platform's own log. */
export async function keyFindings(database: Database): Promise<KeyFindings> {
  const tenants = [...(await database.withPlatform(activeTenants)), PLATFORM_LOG];
  const found = await Promise.all(
    tenants.map(async (tenant) => {
      const claim = await database.claimFor(tenant);
      if (claim === null) return [];
      return database.withTenant(claim, async (tx) => {
        const { kek, env } = await keyAges(tx);
        const unrevoked = (await revocations(tx)).filter(({ overdue }) => overdue).length;
        return [{ prefix: await ownPrefix(tx), kek, env, unrevoked }];
      });
    }),
  );
  return found.flat();
}
