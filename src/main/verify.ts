import { databaseSource } from "#audit/io";
import type { OpenedLogs } from "#cli";
import { Fault } from "#kernel";
import { readConfig, type Environment } from "#platform/config";
import { createLog } from "#platform/log";
import { createRoleDatabase } from "#platform/postgres";
import { activeTenants, ownPrefix } from "#tenants/io";
import { openHere, type OpenDatabase } from "./database.ts";
import { keyPorts } from "./key.ts";
import { opened } from "./lifecycle.ts";

const unavailable = (...problems: readonly string[]): OpenedLogs => ({ kind: "unavailable", problems });

/**
 * The configured database or the running demo's, read with the auditor's login where this process has it, else the verifier's.
 * Neither can write, so a verification changes nothing that it verifies.
 */
export async function openLogs(env: Environment, say: (line: string) => void): Promise<OpenedLogs> {
  const config = readConfig(env, "start");
  if (config.kind === "invalid") return unavailable(...config.problems);
  const log = createLog({ level: "error", secrets: config.secrets });
  const resources = opened(log);
  try {
    const open = await openHere(config, log, resources, say);
    if (open === null)
      return unavailable(
        "No demo is running here, and nothing else is configured. Name a directory or URL, start the demo with npm start, or set DATABASE_URL.",
      );
    const { auditorUrl, verifierUrl } = open;
    const url = auditorUrl ?? verifierUrl;
    if (url === null) {
      await resources.close();
      return unavailable(
        "VERIFIER_DATABASE_URL is missing: the server's own login does not see every log. countersign migrate makes the verifier's.",
      );
    }
    const bodies = auditorUrl !== null;
    const database = bodies
      ? createRoleDatabase({ url, role: "auditor", maxConnections: 4 })
      : createRoleDatabase({ url, role: "verifier", maxConnections: 4 });
    resources.add("verifier's database pool", () => database.close());
    return {
      kind: "open",
      source: databaseSource({ database, bodies }),
      tenantOf: (prefix) => tenantOf(open, prefix),
      claims: await claimedKey(env),
      close: () => resources.close(),
    };
  } catch (error) {
    await resources.close();
    if (error instanceof Fault) return unavailable(error.message);
    throw error;
  }
}

/** What the running broker says; null where none runs. */
async function claimedKey(env: Environment): Promise<string | null> {
  try {
    const answer = await keyPorts(env).show();
    return answer.kind === "key" ? answer.vkey : null;
  } catch {
    return null;
  }
}

async function tenantOf({ database }: OpenDatabase, prefix: string): Promise<string | null> {
  for (const tenant of await database.withPlatform(activeTenants)) {
    const claim = await database.claimFor(tenant);
    if (claim !== null && (await database.withTenant(claim, ownPrefix)) === prefix.toLowerCase()) return tenant;
  }
  return null;
}
