// What of a client's folder is read, for the page about one client.

import type { ShownTenant } from "#cli";
import { Fault } from "#kernel";
import { parseClientFile, variableOf } from "#tenants";
import { openClients, readEnv, type Clients, type Tenant } from "#tenants/io";
import { listed } from "./secret.ts";
import type { OpenLogs } from "./tenant-logs.ts";

export async function folderOf(
  tenant: Tenant,
  logs: OpenLogs,
): Promise<Pick<ShownTenant, "credentials" | "settings" | "problems">> {
  const clients = await openClients(logs.clientsDir);
  const credentials = await credentialsOf(tenant, logs, clients);
  const settings = await settingsOf(tenant, clients);
  return { ...credentials, ...settings, problems: [...credentials.problems, ...settings.problems] };
}

async function settingsOf({ prefix }: Tenant, clients: Clients): Promise<Pick<ShownTenant, "settings" | "problems">> {
  const read = await clients.readSettings(prefix);
  if (read.kind === "refused") return { settings: null, problems: [read.why] };
  if (read.kind === "absent") return { settings: null, problems: [] };
  const parsed = parseClientFile(read.text);
  return parsed.kind === "refused"
    ? { settings: null, problems: parsed.problems }
    : { settings: { masked: parsed.file.masks.length, allowed: parsed.file.functions.length }, problems: [] };
}

/** Opened to see whether they open; of a client that is not active, names only. */
async function credentialsOf(
  { tenantId, prefix, state }: Tenant,
  logs: OpenLogs,
  clients: Clients,
): Promise<Pick<ShownTenant, "credentials" | "problems">> {
  if (state !== "active") {
    const sealed = await readEnv(clients, prefix);
    if (sealed.kind === "refused") return { credentials: [], problems: sealed.problems };
    const names = [...sealed.values.keys()];
    return { credentials: names.map((name) => ({ name: variableOf(prefix, name), state: "shut" })), problems: [] };
  }
  const claim = async () => {
    const made = await logs.database.claimFor(tenantId);
    if (made === null) throw new Fault("tenant_inactive", `${prefix} is not active any more.`);
    return made;
  };
  const found = await listed({ prefix, claim }, logs, clients);
  return "kind" in found
    ? { credentials: [], problems: found.problems }
    : {
        credentials: found.map(({ name, state: how }) => ({ name: variableOf(prefix, name), state: how })),
        problems: [],
      };
}
