// The reconciler: intents without outcome, found in the log itself, closed by what the world says. It keeps no state of its own, so
// it may be killed anywhere, run twice, or run beside the job whose intent it asks about: the database takes one outcome each.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, Fault, tenantId, type Instant } from "#kernel";
import type { Enqueue, Job, JobHandler } from "#platform/jobs";
import {
  branded,
  DatabaseFault,
  instantColumn,
  type Database,
  type TenantClaim,
  type TenantTx,
} from "#platform/postgres";
import { decideIntent, isDue, type OpenIntent, type Standing } from "../intents.ts";
import { limits } from "../limits.ts";
import { ENTRY_KINDS, type EntryKind, type Party } from "../types.ts";
import type { Append } from "./audit.ts";

/** What the world said, about what, and how the asker's own state follows. */
export interface Answer {
  readonly standing: Standing;
  readonly target: Party;
  /** In the transaction that writes the outcome. false: the asker's state says that somebody else closed it meanwhile. */
  readonly settle?: (tx: TenantTx) => Promise<boolean>;
}

/** May be called inside a lock that keeps the act from being performed meanwhile; throws when the outcome could not be written. */
export type Conclude = (answer: Answer) => Promise<void>;

/** Finds out what became of an intent and concludes, or throws a Fault when the world does not answer. */
export type AskWorld = (claim: TenantClaim, intent: OpenIntent, conclude: Conclude) => Promise<void>;

export interface ReconcileParts {
  readonly database: Pick<Database, "withTenant" | "withPlatform" | "claimFor">;
  readonly append: Append;
  /** By kind of act. A kind without one stays open, with an alarm. */
  readonly worlds: Readonly<Partial<Record<EntryKind, AskWorld>>>;
  readonly observer: Party;
}

export const RECONCILE_TASK = "audit.reconcile";
const payloadShape = z.object({ tenant: branded(z.string(), tenantId) });
const JOB: Party = { type: "job", id: RECONCILE_TASK };

/** For main: `audit.reconcile`, one job a tenant. */
export function intentHandlers(parts: ReconcileParts): Readonly<Record<string, JobHandler>> {
  return {
    [RECONCILE_TASK]: async (payload) => {
      const { tenant } = payloadShape.parse(payload);
      const claim = await parts.database.claimFor(tenant);
      if (claim !== null) await reconcileIntents(parts, claim);
    },
  };
}

/** For a timer in main: gives every active tenant with an open intent its job. */
export async function sweepIntents(
  parts: Pick<ReconcileParts, "database"> & { readonly enqueue: Enqueue },
): Promise<void> {
  const tenants = await parts.database.withPlatform((tx) =>
    tx.many(
      sql`select platform.active_tenants() as id`,
      z.object({ id: branded(z.string(), tenantId) }).transform((row) => row.id),
    ),
  );
  for (const tenant of tenants) {
    const claim = await parts.database.claimFor(tenant);
    if (claim === null) continue;
    await parts.database.withTenant(claim, async (tx) => {
      const { now, open } = await readOpen(tx);
      const job: Job = {
        task: RECONCILE_TASK,
        payload: { tenant },
        key: `${RECONCILE_TASK}:${tenant}`,
        queue: `${RECONCILE_TASK}:${tenant}`,
      };
      if (open.some((intent) => isDue(intent, now))) await parts.enqueue(tx, job);
    });
  }
}

/** Asks about every due intent of one tenant. What cannot be found out stays open, and is asked about again. */
export async function reconcileIntents(parts: ReconcileParts, claim: TenantClaim): Promise<void> {
  const inTenant = <T>(fn: (tx: TenantTx) => Promise<T>): Promise<T> => parts.database.withTenant(claim, fn);
  const { now, open } = await inTenant(readOpen);
  const bugs: unknown[] = [];
  for (const intent of open.filter((each) => isDue(each, now))) {
    const conclude: Conclude = (answer) => inTenant((tx) => carryOut(parts, tx, intent, answer, now));
    try {
      await (parts.worlds[intent.kind] ?? nobodyKnows)(claim, intent, conclude);
    } catch (error) {
      if (closedMeanwhile(error)) continue;
      if (!(error instanceof Fault)) bugs.push(error);
      const standing: Standing = { kind: "unknown", why: error instanceof Fault ? error.message : "asking failed" };
      await conclude({ standing, target: { type: "tenant", id: claim.tenantId } });
    }
  }
  if (bugs.length > 0) throw bugs[0];
}

const nobodyKnows: AskWorld = (claim, intent, conclude) =>
  conclude({
    standing: { kind: "unknown", why: `this program does not know how to ask about ${intent.kind}` },
    target: { type: "tenant", id: claim.tenantId },
  });

async function carryOut(
  parts: ReconcileParts,
  tx: TenantTx,
  intent: OpenIntent,
  { standing, target, settle }: Answer,
  now: Instant,
): Promise<void> {
  const step = decideIntent(intent, standing, now);
  const entry = { observer: parts.observer, initiator: JOB, target, requestId: randomUUID() };
  switch (step.kind) {
    case "close":
      // The asker's state first, then the log: the same order as when the act's own job closes it, so the two cannot lock each other out.
      if (settle !== undefined && !(await settle(tx))) return;
      await parts.append(tx, {
        ...entry,
        kind: intent.kind,
        outcome: step.outcome,
        intent: intent.id,
        body: step.body,
      });
      return;
    case "keep": {
      const kept =
        await tx.run(sql`update audit.open_intent set asked_at = clock_timestamp(), asks = asks + 1, alarmed_at = coalesce(alarmed_at, ${step.alarm === null ? null : new Date(now)})
        where tenant_id = ${tx.tenantId} and entry_id = ${intent.id}`);
      if (kept === 1 && step.alarm !== null)
        await parts.append(tx, {
          ...entry,
          kind: "audit.intent_open",
          outcome: "unknown",
          body: { intent: intent.id, kind: intent.kind, why: step.alarm },
        });
    }
  }
}

/** The act's own job wrote the outcome while we were asking: there is nothing left to do. */
function closedMeanwhile(error: unknown): boolean {
  return error instanceof DatabaseFault && error.constraint === "one_outcome_per_intent";
}

const row = z
  .object({
    entry_id: branded(z.string(), entryId),
    kind: z.enum(ENTRY_KINDS),
    opened_at: instantColumn,
    asked_at: instantColumn.nullable(),
    asks: z.int(),
    alarmed: z.boolean(),
  })
  .transform((raw): OpenIntent => ({
    id: raw.entry_id,
    kind: raw.kind,
    openedAt: raw.opened_at,
    askedAt: raw.asked_at,
    asks: raw.asks,
    alarmed: raw.alarmed,
  }));

/** Never asked about first, so that one that stays open keeps none behind it waiting; then the oldest. */
async function readOpen(tx: TenantTx): Promise<{ readonly now: Instant; readonly open: readonly OpenIntent[] }> {
  const { now } = await tx.one(sql`select clock_timestamp() as now`, z.object({ now: instantColumn }));
  const open = await tx.many(
    sql`select entry_id, kind, opened_at, asked_at, asks, alarmed_at is not null as alarmed from audit.open_intent
      where tenant_id = ${tx.tenantId} and opened_at < clock_timestamp() - ${limits.intentAgeMs} * interval '1 millisecond'
      order by asked_at nulls first, opened_at limit ${limits.intentsPerSweep}`,
    row,
  );
  return { now, open };
}
