import type { Findings } from "#cli";
import { PLATFORM_LOG, type Known } from "#kernel";
import { keyAges } from "#keys/io";
import type { DemoConfig, ServeConfig } from "#platform/config";
import type { Database } from "#platform/postgres";
import { activeTenants, ownPrefix, revocations } from "#tenants/io";
import { openAudit } from "./audit.ts";

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

/** The same for the doctor. Ages stand in the database; the keys do not, and without them everything sealed is lost: they are looked for, too. */
export async function openableKeys(config: ServeConfig | DemoConfig, database: Database): Promise<KeyFindings> {
  await openAudit(config, database);
  return keyFindings(database);
}
