// What became of a notice whose outcome is missing in the log: it is still being delivered, with its own retries.

import sql from "sql-template-tag";
import { z } from "zod";
import type { AskWorld } from "#audit/io";
import type { Database } from "#platform/postgres";

export const noticeWorld =
  ({ database }: { readonly database: Pick<Database, "withTenant"> }): AskWorld =>
  async (claim, intent, conclude) => {
    const found = await database.withTenant(claim, (tx) =>
      tx.maybe(
        sql`select key from notify.notice where tenant_id = ${tx.tenantId} and intent = ${intent.id}
          and delivered_at is null and dropped_at is null and lost_at is null`,
        z.object({ key: z.string() }),
      ),
    );
    await conclude({
      standing:
        found === null
          ? { kind: "unknown", why: "no notice has this intent" }
          : { kind: "pending", why: "it is tried again until its provider takes it, or it is given up" },
      target: { type: "tenant", id: claim.tenantId },
    });
  };
