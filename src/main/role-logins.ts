import type { Findings } from "#cli";
import type { Known } from "#kernel";
import { createRoleDatabase, type ServiceRole } from "#platform/postgres";
import type { OpenDatabase } from "./database.ts";

/** Whether each role's login is what it has to be; false where none was given. */
export async function loginFindings(
  database: Known<OpenDatabase>,
  finding: <T>(ask: () => Promise<T>) => Promise<Known<T>>,
): Promise<Findings["logins"]> {
  if (!database.known) return { sequencer: database, verifier: database };
  const { sequencerUrl, verifierUrl } = database.value;
  return {
    sequencer: await finding(() => works("sequencer", sequencerUrl)),
    verifier: await finding(() => works("verifier", verifierUrl)),
  };
}

async function works(role: ServiceRole, url: string | null): Promise<boolean> {
  if (url === null) return false;
  const database = createRoleDatabase({ url, role, maxConnections: 1 });
  try {
    await database.transaction(async () => {});
    return true;
  } finally {
    await database.close();
  }
}
