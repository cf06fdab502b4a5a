import sql from "sql-template-tag";
import { z } from "zod";
import type { AskWorld } from "#audit/io";
import { branded } from "#platform/postgres";
import { callId } from "#kernel";
import type { GatewayDeps } from "./deps.ts";

/** For the reconciler of intents: of calls, the doer's own record or a sweep says how they ended. It never has to guess here. */
export const executeWorld =
  ({ database }: Pick<GatewayDeps, "database">): AskWorld =>
  async (claim, intent, conclude) => {
    const found = await database.withTenant(claim, (tx) =>
      tx.maybe(
        sql`select call_id from gateway.call where tenant_id = ${tx.tenantId} and intent = ${intent.id}`,
        z.object({ call_id: branded(z.string(), callId) }),
      ),
    );
    await conclude(
      found === null
        ? {
            standing: { kind: "unknown", why: "no call has this intent" },
            target: { type: "tenant", id: claim.tenantId },
          }
        : {
            standing: { kind: "pending", why: "whoever carries it out is at it, or has died and its sweep ends it" },
            target: { type: "act", id: found.call_id },
          },
    );
  };
