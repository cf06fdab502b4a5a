// The catalog's guards, looked at: whether they are what is expected, and what was done to them (migrations/0043_guards.sql).

import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, PLATFORM_LOG, type Instant } from "#kernel";
import { branded, instantColumn, type Database, type Statements, type TenantTx } from "#platform/postgres";
import type { NewEntry, Party } from "../types.ts";
import type { Append } from "./audit.ts";

export interface GuardState {
  /** Lower-case hexadecimal SHA-256 of the catalog's rows that matter. */
  readonly fingerprint: string;
  /** null: none was ever recorded. */
  readonly expected: { readonly fingerprint: string; readonly reason: string; readonly at: Instant } | null;
  /** What differs: '-' is gone, '+' is new. Empty: nothing. */
  readonly drift: readonly string[];
  /** DDL that would change the guards is refused. Where the server allows no event triggers it is only found. */
  readonly refusing: boolean;
}

const stateRow = z.object({ fingerprint: z.string(), drift: z.array(z.string()), refusing: z.boolean() });
const expectedRow = z.object({ fingerprint: z.string(), reason: z.string(), at: instantColumn });

/** About 20 ms of the database's time. A fingerprint that cannot be computed throws. */
export async function guardState(tx: Statements): Promise<GuardState> {
  const state = await tx.one(
    sql`select audit.catalog_fingerprint() as fingerprint, array(select audit.guard_drift()) as drift,
      exists (select from pg_event_trigger where evtname = 'countersign_guards' and evtenabled = 'A') as refusing`,
    stateRow,
  );
  const expected = await tx.maybe(
    sql`select fingerprint, reason, at from audit.expected_fingerprint order by expected_id desc limit 1`,
    expectedRow,
  );
  return { ...state, expected };
}

export interface GuardWatchDeps {
  readonly database: Database;
  readonly append: Append;
  readonly observer: Party;
  /** Called once for each different drift, and with [] when it is over. */
  readonly onDrift: (lines: readonly string[]) => void;
}

/** Lines in one entry. The whole list is a command away. */
const DRIFT_LINES = 100;
const UNREADABLE = "unreadable";

/**
 * One look: writes into the platform's log what was done to the guards (each use of the break-glass setting, each new
 * expectation), and a drift once, with its end. What it finds it finds again after a restart; entries of rows are idempotent.
 */
export function createGuardWatch(deps: GuardWatchDeps): () => Promise<void> {
  let known: string | null = null;
  return async () => {
    const claim = await deps.database.claimFor(PLATFORM_LOG);
    const state = await deps.database.withPlatform(guardState).catch((error: unknown) => {
      // A fingerprint that is broken is the strongest drift; one that cannot be asked for is the database's outage.
      if (!(error instanceof Error && "sqlState" in error && error.sqlState !== null)) throw error;
      return null;
    });
    const drift = state === null ? ["the fingerprint cannot be computed"] : state.drift;
    const found = state === null ? UNREADABLE : drift.length === 0 ? null : state.fingerprint;
    if (claim !== null)
      await deps.database.withTenant(claim, async (tx) => {
        await recordUses(tx, deps);
        if (found !== known) await deps.append(tx, driftEntry(deps.observer, state, drift));
      });
    if (found === known) return;
    known = found;
    deps.onDrift(drift);
  };
}

const entryIdColumn = branded(z.string(), entryId);
const useRow = z.object({
  id: entryIdColumn,
  kind: z.enum(["platform.break_glass", "platform.guards_expected"]),
  by_user: z.string(),
  reason: z.string(),
  detail: z.string(),
  at: z.string(),
});

async function recordUses(tx: TenantTx, { append, observer }: GuardWatchDeps): Promise<void> {
  const rows = await tx.many(
    sql`select u.* from (
        select break_glass_id as id, 'platform.break_glass' as kind, by_user::text, reason, command as detail, at::text from audit.break_glass
        union all
        select expected_id, 'platform.guards_expected', by_user::text, reason, fingerprint, at::text from audit.expected_fingerprint
      ) u where not exists (select from audit.entry e where e.tenant_id = ${PLATFORM_LOG} and e.entry_id = u.id)
      order by u.id limit 100`,
    useRow,
  );
  for (const { id, kind, by_user: by, ...row } of rows)
    await append(tx, {
      ...about(observer, kind, "success"),
      id,
      initiator: { type: "operator", id: by },
      body: {
        reason: row.reason,
        at: row.at,
        [kind === "platform.break_glass" ? "command" : "fingerprint"]: row.detail,
      },
    });
}

const driftEntry = (observer: Party, state: GuardState | null, drift: readonly string[]): NewEntry => ({
  ...about(observer, "platform.guard_drift", drift.length === 0 ? "recovered" : "failure"),
  initiator: observer,
  body: {
    fingerprint: state?.fingerprint ?? null,
    expected: state?.expected?.fingerprint ?? null,
    lines: drift.slice(0, DRIFT_LINES),
    more: Math.max(0, drift.length - DRIFT_LINES),
  },
});

const about = (
  observer: Party,
  kind: NewEntry["kind"],
  outcome: NewEntry["outcome"],
): Omit<NewEntry, "initiator" | "body"> => ({
  kind,
  outcome,
  observer,
  target: { type: "log", id: PLATFORM_LOG },
  requestId: "guards",
});
