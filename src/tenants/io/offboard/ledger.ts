// The ledger of a client's way out: what was ordered, which steps were taken, and what keeps it from going on.

import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, instantOfMillis, type EntryId, type Instant, type Json, type TenantId } from "#kernel";
import { branded, instantColumn, tenantIdColumn, type OperatorTx } from "#platform/postgres";
import type { StepDetail } from "../../offboard.ts";

export interface LedgerStep {
  readonly step: string;
  /** null: not taken yet. */
  readonly at: Instant | null;
  readonly detail: StepDetail;
}

export interface Offboarding {
  readonly tenantId: TenantId;
  /** null: it is gone. */
  readonly prefix: string | null;
  readonly state: "active" | "suspended" | "purging" | "purged";
  readonly orderLog: TenantId;
  readonly orderId: EntryId;
  readonly orderedAt: Instant;
  readonly hardAfter: Instant;
  /** By the database's clock. */
  readonly due: boolean;
  readonly override: EntryId | null;
  readonly problem: string | null;
  readonly failingSince: Instant | null;
  readonly tries: number;
  /** After a failure, until it is tried again. */
  readonly resting: boolean;
  readonly endedAt: Instant | null;
  readonly steps: readonly LedgerStep[];
}

const entryColumn = branded(z.string(), entryId);
const detail: z.ZodType<StepDetail> = z.record(z.string(), z.json());
const step = z.object({
  step: z.string(),
  at: z.int().transform(instantOfMillis).nullable(),
  detail,
});
const row = z
  .object({
    tenant_id: tenantIdColumn,
    prefix: z.string().nullable(),
    state: z.enum(["active", "suspended", "purging", "purged"]),
    order_log: tenantIdColumn,
    order_id: entryColumn,
    ordered_at: instantColumn,
    hard_after: instantColumn,
    due: z.boolean(),
    override_entry: entryColumn.nullable(),
    problem: z.string().nullable(),
    failing_since: instantColumn.nullable(),
    tries: z.int(),
    resting: z.boolean(),
    ended_at: instantColumn.nullable(),
    steps: z.array(step),
  })
  .transform((found): Offboarding => ({
    tenantId: found.tenant_id,
    prefix: found.prefix,
    state: found.state,
    orderLog: found.order_log,
    orderId: found.order_id,
    orderedAt: found.ordered_at,
    hardAfter: found.hard_after,
    due: found.due,
    override: found.override_entry,
    problem: found.problem,
    failingSince: found.failing_since,
    tries: found.tries,
    resting: found.resting,
    endedAt: found.ended_at,
    steps: found.steps,
  }));

/** Whether it has ended or not; null: nobody ordered it. */
export const offboardingOf = (tx: OperatorTx, tenant: TenantId): Promise<Offboarding | null> =>
  tx.maybe(sql`select * from platform.offboardings(${tenant}::uuid)`, row);

/** All that are not at their end, oldest order first. */
export const openOffboardings = (tx: OperatorTx): Promise<readonly Offboarding[]> =>
  tx.many(sql`select * from platform.offboardings(null)`, row);

export const isTaken = ({ steps }: Pick<Offboarding, "steps">, wanted: string): boolean =>
  steps.some(({ step: name, at }) => name === wanted && at !== null);
export const takenOf = ({ steps }: Pick<Offboarding, "steps">): readonly string[] =>
  steps.filter(({ at }) => at !== null).map(({ step: name }) => name);
export const detailOf = ({ steps }: Pick<Offboarding, "steps">, wanted: string): StepDetail =>
  steps.find(({ step: name }) => name === wanted)?.detail ?? {};

type About = Readonly<Record<string, Json>>;

/** What is known first counts. */
export const note = async (tx: OperatorTx, tenant: TenantId, of: string, about: About): Promise<void> => {
  await tx.run(sql`select platform.offboard_note(${tenant}::uuid, ${of}, ${JSON.stringify(about)}::jsonb)`);
};

export const take = async (tx: OperatorTx, tenant: TenantId, of: string, about: About): Promise<void> => {
  await tx.run(sql`select platform.offboard_taken(${tenant}::uuid, ${of}, ${JSON.stringify(about)}::jsonb)`);
};

/** True: a person has to hear of it now. */
export const fail = async (tx: OperatorTx, tenant: TenantId, problem: string, seconds: number): Promise<boolean> =>
  (
    await tx.one(
      sql`select platform.offboard_failed(${tenant}::uuid, ${problem}, ${seconds}::integer) as page`,
      z.object({ page: z.boolean() }),
    )
  ).page;
