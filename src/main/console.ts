import type { Hono } from "hono";
import {
  createReading,
  databaseSource,
  newestNote,
  provenUnderWitnesses,
  readLeaves,
  readTile,
  sha256,
  tenantFile,
  type Audit,
  type Broker,
} from "#audit/io";
import { EPOCHS } from "#audit";
import { createConsole } from "#console";
import { Fault, type TenantId } from "#kernel";
import type { HttpEnv } from "#platform/http";
import type { Database } from "#platform/postgres";
import { NOTHING_PINNED, parseVkey, verify, type LogSource, type Policy, type Report } from "#verifier";

interface ConsolePlace {
  readonly database: Database;
  readonly audit: Audit;
  readonly broker: Broker;
  readonly witnesses: Policy | null;
  readonly publicUrl: string | null;
}

/** The log over HTTP, for the server and for the demo. */
export const consoleOf = ({ database, audit, broker, witnesses, publicUrl }: ConsolePlace): Hono<HttpEnv> =>
  createConsole({
    db: database,
    append: audit.append,
    reading: createReading(audit),
    trees: {
      checkpoint: newestNote,
      tile: readTile,
      epochs: (tx, from, count) => readLeaves(tx, EPOCHS, from, count),
      file: tenantFile,
    },
    prove: provenUnderWitnesses,
    verify: async (tenant) => verifyOwn(sourceOf(database, tenant), await broker.identity(), tenant),
    witnesses,
    publicUrl,
    clock: Date.now,
  });

/** With the tenant's own rights: what it could read, and nothing else. */
const sourceOf = (database: Database, tenant: TenantId): LogSource =>
  databaseSource({
    database: {
      async transaction(fn) {
        const claim = await database.claimFor(tenant);
        if (claim === null) throw new Fault("tenant_inactive", "The tenant is not active any more.");
        return database.withTenant(claim, fn);
      },
    },
    bodies: true,
  });

const verifyOwn = (source: LogSource, { vkey }: { readonly vkey: string }, tenant: TenantId): Promise<Report> =>
  verify(
    source,
    { ...NOTHING_PINNED, key: parseVkey(sha256, vkey) },
    { sha256, subtle: crypto.subtle, tenants: [tenant], bodies: true, full: true, now: Date.now() },
  );
