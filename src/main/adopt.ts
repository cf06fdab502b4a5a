// At start: clients whose folder is older than the register of what was made for them.

import { withOperator } from "#platform/postgres";
import { clientFiles } from "#tenants";
import { listTenants, openClients, registerFiles } from "#tenants/io";
import type { OpenDatabase } from "./database.ts";

/** Registers the files of a scaffold that are there, as they are. What is registered stays as it was written. */
export async function adoptFiles({ operator }: OpenDatabase, clientsDir: string): Promise<void> {
  if (operator === null) return;
  const clients = await openClients(clientsDir);
  const folders = await clients.folders();
  for (const tenant of await withOperator(operator, listTenants)) {
    const { tenantId, prefix, state } = tenant;
    if ((state !== "active" && state !== "suspended") || !folders.includes(prefix)) continue;
    const there = await clients.files(prefix);
    const files = new Map([...clientFiles(tenant)].filter(([path]) => there.includes(path)));
    await registerFiles(operator, clients, { tenant: tenantId, prefix }, files);
  }
}
