import type { Database } from "#platform/postgres";
import { clockState } from "#tickets/io";

/** Why tickets are not closed now; null: they are. */
export async function ticketClockFinding(database: Database): Promise<string | null> {
  const { doubtedAt, why } = await database.withPlatform(clockState);
  return doubtedAt === null ? null : (why ?? "The database's clock was set.");
}
