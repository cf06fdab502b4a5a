import sql, { type Sql } from "sql-template-tag";
import { z } from "zod";
import type { InstallationId, TenantId } from "#kernel";
import { checkBrokerConnection, checkConnection, checkDoerConnection } from "./boot.ts";
import { claimKeyBytes, signBatch, signClaim, type ClaimFacts } from "./claim.ts";
import { tenantIdColumn } from "./columns.ts";
import { databaseFault } from "./fault.ts";
import { heardClock } from "./heard-clock.ts";
import { lineOn } from "./line.ts";
import { openPool } from "./pool.ts";
import { statementsOn } from "./statements.ts";
import {
  defaultTimeouts,
  inTenant,
  inTransaction,
  platformTransaction,
  settingsFor,
  type Checkout,
  type Timeouts,
} from "./transaction.ts";
import type { Database, PlatformTx, Statements, TenantClaim } from "./types.ts";

const CHECKS = { app: checkConnection, "lease broker": checkBrokerConnection, doer: checkDoerConnection } as const;

export interface DatabaseOptions {
  /** The app's own login: no superuser, no BYPASSRLS, no member of the owner's role. Anything else is refused. */
  readonly url: string;
  /** At least 32 characters; the same that `migrate` was given. Signs tenant claims. */
  readonly claimKey: string;
  /** Whose login it is; the app's where nothing is said. */
  readonly login?: keyof typeof CHECKS;
  readonly maxConnections?: number;
  readonly timeouts?: Timeouts;
  /** An idle connection broke. The pool opens another; this is for the log. */
  readonly onIdleError?: (error: Error) => void;
}

const claimFactsRow = z
  .object({ tenant_id: tenantIdColumn, epoch: z.int(), expires_at: z.int() })
  .transform((row): ClaimFacts => ({ tenantId: row.tenant_id, epoch: row.epoch, expiresAt: row.expires_at }));

/** Opens no connection yet. The first one is checked before any statement of a caller runs on it (boot.ts). */
export function createDatabase(options: DatabaseOptions): Database {
  const key = claimKeyBytes(options.claimKey);
  const timeouts = options.timeouts ?? defaultTimeouts;
  // INVARIANT: the pool never leaves this function. A connection without a tenant's transaction is nobody's to have.
  const pool = openPool({
    url: options.url,
    max: options.maxConnections ?? 10,
    onError: options.onIdleError ?? (() => {}),
  });
  const clock = heardClock();
  let checked: Promise<void> | null = null;

  async function connect(): Promise<Checkout> {
    try {
      const client = await pool.connect();
      return { client, release: (discard) => client.release(discard) };
    } catch (error) {
      throw databaseFault(error);
    }
  }

  async function checkOnce(): Promise<void> {
    const { client, release } = await connect();
    try {
      await CHECKS[options.login ?? "app"](statementsOn(lineOn(client)));
    } finally {
      release(false);
    }
  }

  async function checkout(): Promise<Checkout> {
    checked ??= checkOnce();
    try {
      await checked;
    } catch (error) {
      checked = null;
      throw error;
    }
    return connect();
  }

  async function withPlatform<T>(fn: (tx: PlatformTx) => Promise<T>): Promise<T> {
    const place = await checkout();
    return inTransaction(place, settingsFor(timeouts), (line) => fn(platformTransaction(line)));
  }

  async function platformStatement<T>(statement: Sql, row: z.ZodType<T>): Promise<readonly T[]> {
    const { client, release } = await checkout();
    let failed = true;
    try {
      // Settings are made local everywhere, so this connection carries no claim of an earlier caller (case 54).
      const rows = await statementsOn(lineOn(client)).many(statement, row);
      failed = false;
      return rows;
    } finally {
      release(failed);
    }
  }

  async function claimOf(ask: (tx: Statements) => Promise<ClaimFacts | null>): Promise<TenantClaim | null> {
    const facts = await withPlatform(ask);
    return facts === null ? null : signClaim(key, facts);
  }

  return {
    withTenant: async (claim, fn) => inTenant(await checkout(), { timeouts, clock, atOnce: false }, claim, fn),
    atOnce: async (claim, fn) => inTenant(await checkout(), { timeouts, clock, atOnce: true }, claim, fn),
    withPlatform,
    platformStatement,
    batchClaim: (claims) => signBatch(key, claims),
    claimFor: (tenant: TenantId) =>
      claimOf((tx) => tx.maybe(sql`select * from platform.claim_facts(${tenant}::uuid)`, claimFactsRow)),
    claimForInstallation: (installation: InstallationId) =>
      claimOf((tx) =>
        tx.maybe(sql`select * from platform.claim_facts_for_installation(${installation}::bigint)`, claimFactsRow),
      ),
    close: () => pool.end(),
  };
}
