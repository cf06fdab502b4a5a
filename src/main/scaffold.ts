// A client's folder: registered first, so that a crash leaves nothing that nobody knows of, then made.

import { clientFiles } from "#tenants";
import { openClients, registerFiles, type RegistryAccess, type Tenant } from "#tenants/io";

/** The files that were made; what is there stays as it is. Throws where the folder cannot be made. */
export async function scaffoldFolder(
  access: RegistryAccess,
  clientsDir: string,
  tenant: Tenant,
): Promise<readonly string[]> {
  const clients = await openClients(clientsDir);
  const files = clientFiles(tenant);
  await registerFiles(access, clients, { tenant: tenant.tenantId, prefix: tenant.prefix }, files);
  return clients.scaffold(tenant.prefix, files);
}
