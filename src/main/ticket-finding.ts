import type { Database } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { clockState, hasPages, orphans } from "#tickets/io";
import { claimsOf } from "./claims.ts";
import { hearing } from "./ticket.ts";

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

/** Clients with neither a place where owners are paged nor a webhook that hears of it: what `ticket desk show` calls NOWHERE. */
export async function pagedNowhereFinding(database: Database): Promise<readonly string[]> {
  const clients = await Promise.all(
    (await claimsOf(database)).map((claim) =>
      database.withTenant(claim, async (tx) => ({
        prefix: await ownPrefix(tx),
        paged: (await hasPages(tx)) || (await hearing(tx)) > 0,
      })),
    ),
  );
  return clients.filter(({ paged }) => !paged).map(({ prefix }) => prefix);
}
