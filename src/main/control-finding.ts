import type { Findings } from "#cli";
import { countKills, openBreakers } from "#controls/io";
import type { Known } from "#kernel";
import type { ServeConfig } from "#platform/config";
import type { Database } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { claimsOf } from "./claims.ts";

type Controls = Findings["controls"] extends Known<infer T> ? T : never;

/** With the server's own login, as the server reads it. */
export async function controlFinding(
  { controls }: Pick<ServeConfig, "controls">,
  database: Database,
): Promise<Controls> {
  return {
    environment: controls,
    ...(await database.withPlatform(countKills)),
    breakers: await Promise.all(
      (await claimsOf(database)).map((claim) =>
        database.withTenant(claim, async (tx) => ({
          prefix: await ownPrefix(tx),
          open: (await openBreakers(tx)).length,
        })),
      ),
    ),
  };
}
