import { createAudit, createGroupCommit, type AppendAlone, type Audit } from "#audit/io";
import { Fault } from "#kernel";
import { createFileKms, createKeys, openRoot, type Keys } from "#keys/io";
import type { DemoConfig, ServeConfig } from "#platform/config";
import type { Database } from "#platform/postgres";

export interface OpenAudit {
  readonly audit: Audit;
  readonly keys: Keys;
  /** For entries that are about no other row. */
  readonly appendAlone: AppendAlone;
}

/** The log, with the keys that its bodies are sealed under. Refuses a root key that is not this database's. */
export async function openAudit(config: ServeConfig | DemoConfig, database: Database): Promise<OpenAudit> {
  const { keysDir } = config;
  // INVARIANT: in production a place for keys is named by somebody. One that is made by itself is backed up by nobody.
  if (keysDir === null)
    throw new Fault(
      "config_invalid",
      "NODE_ENV is production, but KEYS_DIR is missing. Name a directory for the root key and the tenants' keys, on a disk of its own, and back it up apart from the database.",
    );
  const kms = createFileKms(keysDir);
  await openRoot(database, kms);
  const clock = Date.now;
  const keys = createKeys({ kms, clock });
  const { secrets } = config;
  return {
    keys,
    audit: createAudit({ keys, secrets }),
    appendAlone: createGroupCommit({ database, keys, clock, secrets }),
  };
}
