import type { Findings } from "#cli";
import { PLATFORM_LOG, type Known, type TenantId } from "#kernel";
import type { KekState } from "#keys";
import { keyAges } from "#keys/io";
import type { DemoConfig, ServeConfig } from "#platform/config";
import type { Database } from "#platform/postgres";
import { activeTenants, ownPrefix, revocations } from "#tenants/io";
import { openAudit } from "./audit.ts";

type KeyFindings = Findings["keys"] extends Known<infer T> ? T : never;

/** Of each active tenant, and of the platform's own log. */
export async function keyFindings(
  database: Database,
  closed: (tenant: TenantId) => Promise<string | null> = async () => null,
): Promise<KeyFindings> {
  const tenants = [...(await database.withPlatform(activeTenants)), PLATFORM_LOG];
  const found = await Promise.all(
    tenants.map(async (tenant) => {
      const claim = await database.claimFor(tenant);
      if (claim === null) return [];
      const why = await closed(tenant);
      return database.withTenant(claim, async (tx) => {
        const { kek, env } = await keyAges(tx);
        const unrevoked = (await revocations(tx)).filter(({ overdue }) => overdue).length;
        return [{ prefix: await ownPrefix(tx), closed: kek === null ? null : why, kek, env, unrevoked }];
      });
    }),
  );
  return found.flat();
}

/** The same for the doctor. Ages stand in the database; the keys do not, and without them everything sealed is lost: they are looked for, too. */
export async function openableKeys(config: ServeConfig | DemoConfig, database: Database): Promise<KeyFindings> {
  const { kms } = await openAudit(config, database);
  return keyFindings(database, async (tenant) => WHY_CLOSED[await kms.state(tenant)]);
}

const WHY_CLOSED: Readonly<Record<KekState, string | null>> = {
  active: null,
  none: "Its key is not in the key store any more.",
  disabled: "Its key is disabled in the key store.",
  destroyed: "Its key was destroyed.",
};
