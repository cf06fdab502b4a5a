import { z } from "zod";
import { createReading } from "#audit/io";
import { Fault, type EntryId } from "#kernel";
import type { Environment } from "#platform/config";
import { logWithEntry, shellUser, withLogs } from "./tenant-logs.ts";

const verdictBody = z.object({ payload: z.object({ record: z.unknown() }) });

/**
 * The record of a decision that an audit entry keeps, from the configured database or the running demo's. That it was read is
 * an entry of that log, committed before anything is shown.
 */
export async function recordedEntry(env: Environment, id: EntryId): Promise<unknown> {
  const found = await withLogs(
    env,
    () => {},
    async (logs) => {
      const { claim } = await logWithEntry(logs, id);
      return logs.database.withTenant(await claim(), async (tx) => {
        const entry = await logs.audit.entryById(tx, id);
        await createReading(logs.audit).note(tx, shellUser(), {
          kind: "audit.read",
          target: { type: "entry", id },
          count: entry === null ? 0 : 1,
          what: { file: "record" },
        });
        const body = verdictBody.safeParse(entry?.body);
        return { kind: "read", record: body.success ? body.data.payload.record : null } as const;
      });
    },
  );
  if (found.kind === "refused") throw new Fault("config_invalid", found.problems.join("\n"));
  return found.record;
}
