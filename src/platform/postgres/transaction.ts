import pg from "pg";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import { claim, platformTx, tenantTx } from "./capability.ts";
import { databaseFault } from "./fault.ts";
import { statementsOn } from "./statements.ts";
import type { PlatformTx, TenantClaim, TenantTx } from "./types.ts";

export interface Timeouts {
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

export const defaultTimeouts: Timeouts = { statementTimeoutMs: 15_000, idleInTransactionTimeoutMs: 30_000 };

/** What a client must offer for its transaction; `discard` closes it instead of handing it to the next caller. */
export interface Checkout {
  readonly client: pg.ClientBase;
  readonly release: (discard: boolean) => void;
}

/**
 * What a transaction's statements made a setting of the session, by accident or because somebody injected them, ends with it: formats,
 * durability and timeouts are the next tenant's too.
 */
const CLEAN = "reset all";

/**
 * BEGIN and settings in one round trip, `fn`, COMMIT.
 * INVARIANT: a connection goes back only after COMMIT or ROLLBACK was answered; where not even ROLLBACK works, it is
 * destroyed, since it would carry an open transaction with a tenant's claim to the next caller (case D7).
 */
export async function inTransaction<T>(checkout: Checkout, settings: string, fn: () => Promise<T>): Promise<T> {
  const { client, release } = checkout;
  try {
    await asFault(client.query(`begin; ${settings}`));
    const result = await fn();
    await asFault(client.query(`commit; ${CLEAN}`));
    release(false);
    return result;
  } catch (error) {
    const clean = await client.query(`rollback; ${CLEAN}`).then(
      () => true,
      () => false,
    );
    release(!clean);
    throw error instanceof Fault || !isDatabaseError(error) ? error : databaseFault(error);
  }
}

async function asFault(query: Promise<unknown>): Promise<void> {
  try {
    await query;
  } catch (error) {
    throw databaseFault(error);
  }
}

/** What a caller's own `fn` throws passes through untouched; what the driver throws becomes a Fault without row values. */
function isDatabaseError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}

/** `true` as the last argument: the settings end with the transaction, also through a transaction-mode pooler (case D6). */
const setLocal = (name: string, value: string): string => `set_config('${name}', ${value}, true)`;

const timeoutSettings = ({ statementTimeoutMs, idleInTransactionTimeoutMs }: Timeouts): readonly string[] => [
  setLocal("statement_timeout", `'${statementTimeoutMs}'`),
  setLocal("idle_in_transaction_session_timeout", `'${idleInTransactionTimeoutMs}'`),
];

/** Of nobody yet: a tenant's claim is set afterwards (tenantTransaction). */
export const settingsFor = (timeouts: Timeouts): string =>
  `select ${[setLocal("app.claim", "''"), ...timeoutSettings(timeouts)].join(", ")}`;

/**
 * SET ROLE, since BYPASSRLS is an attribute of the role and not inherited by its login. A commit waits for the disk (and the
 * replica, where one is demanded), whatever the login's or the database's settings say: what the sequencer has committed, and all before it, survives a crash.
 */
export function settingsForRole(role: string, timeouts: Timeouts): string {
  const settings = [
    setLocal("role", pg.escapeLiteral(role)),
    setLocal(
      "synchronous_commit",
      "case when current_setting('synchronous_commit') = 'remote_apply' then 'remote_apply' else 'on' end",
    ),
    ...timeoutSettings(timeouts),
  ];
  return `select ${settings.join(", ")}`;
}

// Made once: a schema compiles itself when it is first used, and this one is used in every transaction of a tenant.
const acceptedRow = z.object({ accepted: z.boolean() });

export async function tenantTransaction(client: pg.ClientBase, given: TenantClaim): Promise<TenantTx> {
  const statements = statementsOn(client);
  // INVARIANT: the claim is a parameter, never in a statement's text: every session of the same login can read the texts of all others
  // in pg_stat_activity, and a claim that somebody reads there is good for fifteen minutes. CASE, so that it is set before it is asked about.
  const { accepted } = await statements.one(
    sql`select case when set_config('app.claim', ${given.text}, true) is not null
      then (app.tid() = ${given.tenantId}) is true end as accepted`,
    acceptedRow,
  );
  // Without this question a stale claim would show an empty database, and "no rows" would be taken for a fact.
  if (!given[claim] || !accepted)
    throw new Fault(
      "tenant_inactive",
      "The database does not accept this tenant claim: it expired, or the tenant was suspended. Ask for a new one.",
    );
  return { ...statements, [tenantTx]: true, tenantId: given.tenantId };
}

export function platformTransaction(client: pg.ClientBase): PlatformTx {
  return { ...statementsOn(client), [platformTx]: true };
}
