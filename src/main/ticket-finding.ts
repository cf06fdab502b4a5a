import type { Database } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { clockState, orphans } from "#tickets/io";
import { claimsOf } from "./claims.ts";

/** Why tickets are not closed now; null: they are. */
export async function ticketClockFinding(database: Database): Promise<string | null> {
  const { doubtedAt, why } = await database.withPlatform(clockState);
  return doubtedAt === null ? null : (why ?? "The database's clock was set.");
}

/** Clients with open tickets that are nobody's who is there, and how many. */
export async function ticketOwnersFinding(
  database: Database,
): Promise<readonly { readonly prefix: string; readonly unowned: number }[]> {
  const clients = await Promise.all(
    (await claimsOf(database)).map((claim) =>
      database.withTenant(claim, async (tx) => ({ prefix: await ownPrefix(tx), unowned: (await orphans(tx)).length })),
    ),
  );
  return clients.filter(({ unowned }) => unowned > 0);
}
