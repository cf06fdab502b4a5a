// Stopping. It takes one person, works while the log takes no entries, and waits for nothing that may hang.

import sql, { type Sql } from "sql-template-tag";
import { z } from "zod";
import type { NewEntry } from "#audit";
import { enterLog, stopAnyway, type Append, type Spool } from "#audit/io";
import { entryId, Fault, PLATFORM_LOG, type Instant, type Json, type TenantId } from "#kernel";
import {
  branded,
  instantColumn,
  withOperator,
  type Database,
  type OperatorOptions,
  type OperatorTx,
  type PlatformTx,
  type Statements,
  type TenantClaim,
  type TenantTx,
} from "#platform/postgres";
import type { Actor } from "../breaker.ts";
import type { Scope } from "../scope.ts";
import { scopeColumns, scopeOf } from "./kill-switch.ts";

export interface StopAccess {
  readonly append: Append;
  readonly spool: Spool;
}

interface Asked<S extends Scope = Scope> {
  readonly scope: S;
  readonly reason: string;
  readonly by: Actor;
}

export type Stopped = {
  readonly kind: "killed";
  readonly id: string;
  /** It was killed before: one more reason, which has to be taken back, too. */
  readonly already: boolean;
};

/** As the operator: any scope. In force in every process within a second of its commit. */
export const kill = (access: OperatorOptions & StopAccess, asked: Asked): Promise<Stopped> =>
  stopAnyway(access, true, (append) =>
    withOperator(access, async (tx) => {
      await hurry(tx);
      const already = (await killsOf(tx, asked.scope)).length > 0;
      const [tenant, agent, repository] = columnsOf(asked.scope);
      const id = await killed(
        tx,
        sql`controls.kill(${asked.scope.kind}, ${tenant}::uuid, ${agent}::uuid, ${repository}::bigint, ${asked.reason}, ${asked.by.initiator.id})`,
      );
      await append(await logOf(tx, asked.scope), entryAbout("control.stop", asked, { kill: id }));
      return { kind: "killed", id, already };
    }),
  );

/** As one of the tenant's people, on a page: what is the tenant's own. Nobody there starts it again alone (rearm.ts). */
export const killOwn = (
  access: StopAccess & { readonly database: Pick<Database, "withTenant">; readonly claim: TenantClaim },
  asked: Asked<Exclude<Scope, { kind: "platform" }>>,
): Promise<Stopped> =>
  stopAnyway(access, true, (append) =>
    access.database.withTenant(access.claim, async (tx) => {
      if (asked.scope.tenant !== tx.tenantId) throw new Fault("input_invalid", "A tenant stops what is its own.");
      await hurry(tx);
      const same = (await ownKills(tx)).filter(({ scope }) => isSame(scope, asked.scope));
      const [, agent, repository] = columnsOf(asked.scope);
      const id = await killed(
        tx,
        sql`controls.kill_own(${asked.scope.kind}, ${agent}::uuid, ${repository}::bigint, ${asked.reason}, ${asked.by.initiator.id})`,
      );
      await append(tx, entryAbout("control.stop", asked, { kill: id }));
      return { kind: "killed", id, already: same.length > 0 };
    }),
  );

/** One row: what is stopped, by whom and why. */
export interface Stop {
  readonly id: string;
  readonly scope: Scope;
  /** Of the tenant; null: the platform. */
  readonly prefix: string | null;
  readonly reason: string;
  readonly by: string;
  readonly since: Instant;
}

const stopRow = scopeColumns
  .extend({
    kill_id: branded(z.string(), entryId),
    prefix: z.string().nullable(),
    reason: z.string(),
    killed_by: z.string(),
    killed_at: instantColumn,
  })
  .transform((row): Stop => ({
    id: row.kill_id,
    scope: scopeOf(row),
    prefix: row.prefix,
    reason: row.reason,
    by: row.killed_by,
    since: row.killed_at,
  }));

/** Oldest first. */
export const listKills = (tx: OperatorTx): Promise<readonly Stop[]> =>
  tx.many(sql`select * from controls.kills()`, stopRow);

/** The tenant's own; the platform's are not its to read. */
export const ownKills = (tx: TenantTx): Promise<readonly Stop[]> =>
  tx.many(sql`select * from controls.own_kills()`, stopRow);

/** As any server of ours reads it: no reasons. */
export async function countKills(tx: PlatformTx): Promise<{ readonly platform: boolean; readonly narrower: number }> {
  return tx.one(
    sql`select coalesce(bool_or(k.scope = 'platform'), false) as platform, count(*) filter (where k.scope <> 'platform')::int as narrower from controls.killed() k`,
    z.object({ platform: z.boolean(), narrower: z.int() }),
  );
}

export const killsOf = async (tx: OperatorTx, scope: Scope): Promise<readonly Stop[]> =>
  (await listKills(tx)).filter((each) => isSame(each.scope, scope));

const idRow = z.object({ id: branded(z.string(), entryId) });
const killed = async (tx: Statements, call: Sql): Promise<string> =>
  (await tx.one(sql`select ${call} as id`, idRow)).id;

export function isSame(a: Scope, b: Scope): boolean {
  return JSON.stringify(columnsOf(a)) === JSON.stringify(columnsOf(b));
}

function columnsOf(scope: Scope): readonly [tenant: TenantId | null, agent: string | null, repository: number | null] {
  switch (scope.kind) {
    case "platform":
      return [null, null, null];
    case "tenant":
      return [scope.tenant, null, null];
    case "agent":
      return [scope.tenant, scope.agent, null];
    case "repository":
      return [scope.tenant, null, scope.repository];
  }
}

/** A lock that somebody holds on the log would keep the kill from its commit: given up early, and the entry is spooled. */
const hurry = async (tx: Statements): Promise<void> => {
  await tx.run(sql`select set_config('lock_timeout', '500', true), set_config('statement_timeout', '2000', true)`);
};

/** The log of whom it concerns, while that takes entries; otherwise the platform's own. */
export async function logOf(tx: OperatorTx, scope: Scope): Promise<TenantTx> {
  const own = scope.kind === "platform" ? null : await enterLog(tx, scope.tenant);
  const log = own ?? (await enterLog(tx, PLATFORM_LOG));
  if (log === null) throw new Fault("log_unavailable", "No log takes an entry about this stop.");
  return log;
}

export function entryAbout(
  kind: "control.stop" | "control.resume",
  { scope, reason, by }: Asked,
  more: Readonly<Record<string, Json>>,
): NewEntry {
  return {
    kind,
    outcome: "success",
    observer: { type: "app", id: "countersign" },
    initiator: by.initiator,
    target: targetOf(scope),
    requestId: by.requestId,
    action: kind === "control.stop" ? "kill" : "rearm",
    body: { v: 1, scope: { ...scope }, reason, ...more },
  };
}

function targetOf(scope: Scope): NewEntry["target"] {
  switch (scope.kind) {
    case "platform":
      return { type: "app", id: "countersign" };
    case "tenant":
      return { type: "tenant", id: scope.tenant };
    case "agent":
      return { type: "agent", id: scope.agent };
    case "repository":
      return { type: "repository", id: String(scope.repository) };
  }
}
