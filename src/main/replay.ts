import { z } from "zod";
import { Fault, type EntryId } from "#kernel";
import { readConfig, type Environment } from "#platform/config";
import { createLog } from "#platform/log";
import { activeTenants } from "#tenants/io";
import { openAudit } from "./audit.ts";
import { openFor, openRunning } from "./database.ts";
import { opened } from "./lifecycle.ts";

const verdictBody = z.object({ payload: z.object({ record: z.unknown() }) });

/** The record of a decision that an audit entry keeps, from the configured database or the running demo's. */
export async function recordedEntry(env: Environment, id: EntryId): Promise<unknown> {
  const config = readConfig(env, "start");
  if (config.kind === "invalid") throw new Fault("config_invalid", config.problems.join("\n"));
  const log = createLog({ level: "error", secrets: config.secrets });
  const resources = opened(log);
  try {
    const open =
      config.kind === "demo"
        ? openRunning(config.directory, log, resources)
        : await openFor(config, log, resources, () => {});
    if (open === null)
      throw new Fault(
        "config_invalid",
        "No demo is running here, and nothing else is configured. Start it with npm start, or set DATABASE_URL.",
      );
    const { audit } = await openAudit(config, open.database);
    for (const tenant of await open.database.withPlatform(activeTenants)) {
      const claim = await open.database.claimFor(tenant);
      const entry = claim === null ? null : await open.database.withTenant(claim, (tx) => audit.entryById(tx, id));
      const body = verdictBody.safeParse(entry?.body);
      if (body.success) return body.data.payload.record ?? null;
    }
    return null;
  } finally {
    await resources.close();
  }
}
