import { databaseSource } from "#audit/io";
import type { OpenedLogs } from "#cli";
import { Fault } from "#kernel";
import { readConfig, type Environment } from "#platform/config";
import { createLog } from "#platform/log";
import { createRoleDatabase } from "#platform/postgres";
import { openFor, openRunning } from "./database.ts";
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
    const open =
      config.kind === "demo"
        ? openRunning(config.directory, log, resources)
        : await openFor(config, log, resources, say);
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
      tenantOf: (prefix) => tenantOf(open.database, prefix),
      claims: null,
      close: () => resources.close(),
    };
  } catch (error) {
    await resources.close();
    if (error instanceof Fault) return unavailable(error.message);
    throw error;
  }
}
