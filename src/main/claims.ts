// Claims of the tenants there are, and whether the database accepts this process's signature on them.

import { Fault } from "#kernel";
import type { Database, TenantClaim } from "#platform/postgres";
import { activeTenants } from "#tenants/io";

export async function claimsOf(database: Database): Promise<readonly TenantClaim[]> {
  const tenants = await database.withPlatform(activeTenants);
  const claims = await Promise.all(tenants.map((tenant) => database.claimFor(tenant)));
  return claims.filter((claim) => claim !== null);
}

/** null: no tenant yet, so nothing to try it on. */
export async function claimAccepted(database: Database): Promise<boolean | null> {
  const [claim] = await claimsOf(database);
  if (claim === undefined) return null;
  try {
    await database.withTenant(claim, async () => {});
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === "tenant_inactive") return false;
    throw error;
  }
}
