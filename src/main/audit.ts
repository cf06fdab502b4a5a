import { join } from "node:path";
import { createAudit, createGroupCommit, createStopLog, type AppendAlone, type Audit, type StopLog } from "#audit/io";
import { Fault } from "#kernel";
import type { Kms } from "#keys";
import {
  createAwsKms,
  createFileKms,
  createKeys,
  createPkcs11Kms,
  createVaultKms,
  openRoot,
  type Keys,
} from "#keys/io";
import type { DemoConfig, KeyStoreConfig, ServeConfig } from "#platform/config";
import type { Log } from "#platform/log";
import type { Database } from "#platform/postgres";
import { repeat, type Opened } from "./lifecycle.ts";

export interface OpenAudit {
  readonly audit: Audit;
  readonly keys: Keys;
  /** Where tenants' keys live; knows which were destroyed. */
  readonly kms: Kms;
  /** For entries that are about no other row. */
  readonly appendAlone: AppendAlone;
  /** For what must work while the log does not. */
  readonly stops: StopLog;
}

/** The log, with the keys that its bodies are sealed under. Refuses a root key that is not this database's. */
export async function openAudit(config: ServeConfig | DemoConfig, database: Database): Promise<OpenAudit> {
  const kms = createKms(config.keyStore);
  await openRoot(database, kms);
  const clock = Date.now;
  const keys = createKeys({ kms, clock });
  const { secrets } = config;
  const audit = createAudit({ keys, secrets });
  return {
    keys,
    kms,
    audit,
    stops: createStopLog({ directory: join(config.directory, "spool"), kms, database, append: audit.append, clock }),
    appendAlone: createGroupCommit({ database, keys, clock, secrets }),
  };
}

export function createKms(store: KeyStoreConfig): Kms {
  if (store.kind === "vault") return createVaultKms(store);
  if (store.kind === "aws") return createAwsKms(store);
  if (store.kind === "pkcs11") return createPkcs11Kms(store);
  // INVARIANT: in production a place for keys is named by somebody. One that is made by itself is backed up by nobody.
  if (store.directory === null)
    throw new Fault(
      "config_invalid",
      "NODE_ENV is production, but KEYS_DIR is missing. Name a directory for the root key and the tenants' keys, on a disk of its own, and back it up apart from the database.",
    );
  return createFileKms(store.directory);
}

const DRAIN_EVERY_MS = 30_000;

/** At once, and for as long as the server runs: what was stopped while the log was away gets into it as soon as it is back. */
export function drainStops({ stops }: OpenAudit, log: Log, resources: Opened): void {
  const drain = async (): Promise<void> => {
    const { entered, kept, damaged } = await stops.drain();
    if (damaged > 0) log.error({ damaged }, "the spool of stops was edited: its files are kept as *.damaged");
    if (entered > 0 || kept > 0)
      log.warn({ entered, kept }, "stops from the spool: entered in the log, or kept for later");
  };
  resources.add("the spool of stops", repeat(log, "drain of the spool", DRAIN_EVERY_MS, drain));
}
