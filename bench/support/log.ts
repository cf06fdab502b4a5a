import { join } from "node:path";
import { createAudit, type Audit } from "#audit/io";
import type { Kms } from "#keys";
import { createFileKms, createKeys, openRoot } from "#keys/io";
import { createDatabase } from "#platform/postgres";

/** The log as the server has it, with keys of its own below `dir`. Call it after `migrate`. */
export async function openBenchLog(
  dir: string,
  access: { readonly appUrl: string; readonly claimKey: string },
): Promise<{ readonly audit: Audit; readonly kms: Kms }> {
  const database = createDatabase({ url: access.appUrl, claimKey: access.claimKey, maxConnections: 1 });
  const kms = createFileKms(join(dir, "keys"));
  await openRoot(database, kms);
  await database.close();
  return { kms, audit: createAudit({ keys: createKeys({ kms, clock: Date.now }) }) };
}
