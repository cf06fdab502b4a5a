import pg from "pg";
import sql, { raw } from "sql-template-tag";
import { z } from "zod";
import { Fault, instantOfMillis, type Instant } from "#kernel";
import { claim, platformTx, tenantTx } from "./capability.ts";
import { instantColumn } from "./columns.ts";
import { databaseFault, notAccepted } from "./fault.ts";
import type { HeardClock } from "./heard-clock.ts";
import { lineOn, type Line } from "./line.ts";
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

/** BEGIN and settings in one round trip, `fn`, COMMIT. */
export const inTransaction = <T>(place: Checkout, settings: string, fn: (line: Line) => Promise<T>): Promise<T> =>
  wholly(place, async () => {
    await asFault(place.client.query(`begin; ${settings}`));
    const line = lineOn(place.client);
    return committed(line, () => fn(line));
  });

async function committed<T>(line: Line, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await commit(line);
    return result;
  } finally {
    line.end();
  }
}

async function commit(line: Line): Promise<void> {
  line.later(sql`commit`);
  await asFault(line.ask(raw(CLEAN)));
}

/**
 * INVARIANT: a connection goes back only after COMMIT or ROLLBACK was answered; where not even ROLLBACK works, it is
 * destroyed, since it would carry an open transaction with a tenant's claim to the next caller (case D7).
 */
async function wholly<T>({ client, release }: Checkout, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
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

/** Without being accepted a stale claim would show an empty database, and "no rows" would be taken for a fact. */
const demandOurs = (given: TenantClaim): void => {
  if (!given[claim]) throw notAccepted();
};

// Made once: a schema compiles itself when it is first used, and this one is used in every transaction of a tenant.
const acceptedRow = z.object({ accepted: z.boolean() });

/** Within a transaction that has begun. */
export async function tenantTransaction(line: Line, given: TenantClaim): Promise<TenantTx> {
  const statements = statementsOn(line);
  // INVARIANT: the claim is a parameter, never in a statement's text: every session of the same login can read the texts of all others
  // in pg_stat_activity, and a claim that somebody reads there is good for fifteen minutes. CASE, so that it is set before it is asked about.
  const { accepted } = await statements.one(
    sql`select case when set_config('app.claim', ${given.text}, true) is not null
      then (app.tid() = ${given.tenantId}) is true end as accepted`,
    acceptedRow,
  );
  demandOurs(given);
  if (!accepted) throw notAccepted();
  return {
    ...statements,
    [tenantTx]: true,
    tenantId: given.tenantId,
    now: () => null,
    entered: () => true,
    nth: counting(),
  };
}

const NOTHING = raw("select");

function counting(): () => number {
  let next = 0;
  return () => next++;
}

const enteredRow = z.object({ at: instantColumn });

/**
 * BEGIN, settings and the claim, then `fn`, then COMMIT. `atOnce`: they go with `fn`'s first statement in one write; INVARIANT: app.enter fails
 * where the claim is not accepted, and no statement behind one that failed is executed.
 */
export const inTenant = <T>(
  place: Checkout,
  { timeouts, clock, atOnce }: { readonly timeouts: Timeouts; readonly clock: HeardClock; readonly atOnce: boolean },
  given: TenantClaim,
  fn: (tx: TenantTx) => Promise<T>,
): Promise<T> =>
  wholly(place, async () => {
    demandOurs(given);
    let entered: { readonly at: Instant; readonly ms: number } | null = null;
    const line = lineOn(
      place.client,
      [
        sql`begin`,
        // The claim is a parameter here, too.
        sql`select ${raw(timeoutSettings(timeouts).join(", "))}, e.at from app.enter(${given.text}, ${given.tenantId}) as e(at)`,
      ],
      ({ rows }) => {
        const { at } = enteredRow.parse(rows[0]);
        entered = { at, ms: performance.now() };
        clock.hear(at);
      },
    );
    if (!atOnce) await asFault(line.ask(NOTHING));
    const tx: TenantTx = {
      ...statementsOn(line),
      [tenantTx]: true,
      tenantId: given.tenantId,
      nth: counting(),
      now: () =>
        entered === null ? clock.now() : instantOfMillis(entered.at + Math.floor(performance.now() - entered.ms)),
      entered: () => entered !== null,
    };
    return committed(line, () => fn(tx));
  });

export function platformTransaction(line: Line): PlatformTx {
  return { ...statementsOn(line), [platformTx]: true };
}
