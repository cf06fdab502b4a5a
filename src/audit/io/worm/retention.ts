// Months that are old enough leave the database, once their copy is whole.

import sql from "sql-template-tag";
import { z } from "zod";
import { PLATFORM_LOG, type EntryId, type Instant, type Json, type TenantId } from "#kernel";
import { withOperator, type OperatorTx, type RoleDatabase } from "#platform/postgres";
import type { LogSource } from "#verifier";
import { isDue, type LogMonth } from "../../retention.ts";
import { enterLog, entryAbout, type OperatorActs } from "../erase/acts.ts";
import { monthInWorm, type MonthInWorm } from "./month.ts";

export interface RetentionParts extends OperatorActs {
  readonly verifier: RoleDatabase<"verifier">;
  readonly worm: LogSource;
  readonly now: Instant;
  /** Whole months that stay. */
  readonly months: number;
  /** Looks, and drops nothing. */
  readonly dryRun: boolean;
  readonly batch?: number;
}

export type MonthAnswer =
  | {
      readonly kind: "dropped" | "would_drop";
      readonly month: LogMonth;
      readonly entries: number;
      readonly bodies: number;
    }
  | { readonly kind: "kept"; readonly month: LogMonth; readonly why: readonly string[] };

const BATCH = 5_000;

/** Oldest first. A month that was let go of half-way is finished. */
export async function retire(parts: RetentionParts): Promise<readonly MonthAnswer[]> {
  const months = await withOperator(parts.access, monthsThere);
  const answers: MonthAnswer[] = [];
  for (const { month, retired } of months)
    if (retired) answers.push(await finish(parts, month));
    else if (isDue(month, parts.now, parts.months)) answers.push(await retireMonth(parts, month));
  return answers;
}

const monthRow = z.object({ month: z.string(), retired: z.boolean() });

const monthsThere = (tx: OperatorTx): Promise<readonly z.infer<typeof monthRow>[]> =>
  tx.many(
    sql`select to_char(m.month, 'YYYY-MM') as month, exists (select from audit.retired_month r where r.month = m.month) as retired
      from audit.month m where to_regclass('audit.entry_' || to_char(m.month, 'YYYY_MM')) is not null order by 1`,
    monthRow,
  );

const factsRow = z.object({
  entries: z.int(),
  bodies: z.int(),
  unsequenced: z.int(),
  late: z.boolean(),
  held: z.int(),
});
type MonthFacts = z.infer<typeof factsRow>;

const factsOf = (tx: OperatorTx, month: LogMonth, months: number): Promise<MonthFacts> =>
  tx.one(
    sql`select entries, bodies, unsequenced, held, coalesce(newest > now() - make_interval(months => ${months}), false) as late
      from audit.erase_month_facts(${`${month}-01`}::date)`,
    factsRow,
  );

async function retireMonth(parts: RetentionParts, month: LogMonth): Promise<MonthAnswer> {
  const facts = await withOperator(parts.access, (tx) => factsOf(tx, month, parts.months));
  const copy = await monthInWorm(parts.verifier, parts.worm, month);
  const why = [...reasonsToKeep(facts, copy.entries), ...copy.problems];
  if (why.length > 0) return { kind: "kept", month, why };
  const { entries, bodies } = facts;
  if (parts.dryRun) return { kind: "would_drop", month, entries, bodies };
  const closed = await begin(parts, month, copy, { month, entries, bodies, worm: copy.digest });
  if (closed !== null)
    return {
      kind: "kept",
      month,
      why: [
        `the log of ${closed} takes no entry, and without one nothing of it goes: activate that tenant, or erase it`,
      ],
    };
  await finish(parts, month);
  return { kind: "dropped", month, entries, bodies };
}

/**
 * INVARIANT: each log that loses entries says so itself, in the transaction that lets them go: for whoever reads that log alone, what is
 * gone without a word is tampering. null: begun. Otherwise the log that takes no entry.
 */
async function begin(parts: RetentionParts, month: LogMonth, copy: MonthInWorm, body: Json): Promise<TenantId | null> {
  const logs = [...copy.logs.filter((log) => log !== PLATFORM_LOG), PLATFORM_LOG];
  return withOperator(parts.access, async (tx) => {
    let last: EntryId | null = null;
    for (const log of logs) {
      const open = await enterLog(tx, log);
      if (open === null) throw new Closed(log);
      const entry = entryAbout(parts, log, { kind: "retention.drop", outcome: "success", body });
      last = await parts.append(open, { ...entry, target: { type: "log", id: log } });
    }
    await tx.run(sql`call audit.erase_month_begin(${`${month}-01`}::date, ${last}::uuid, ${copy.digest})`);
    return null;
  }).catch((error: unknown) => {
    if (error instanceof Closed) return error.log;
    throw error;
  });
}

/** Rolls back what the other logs were told. */
class Closed extends Error {
  readonly log: TenantId;
  constructor(log: TenantId) {
    super(`The log of ${log} takes no entry.`);
    this.log = log;
  }
}

function reasonsToKeep(facts: MonthFacts, seen: number): readonly string[] {
  return [
    ...(facts.late ? ["entries in it were written much later than their ids say"] : []),
    ...(facts.unsequenced > 0 ? [`${facts.unsequenced} of its entries are in no tree yet`] : []),
    ...(facts.held > 0 ? [`${facts.held} tenant(s) with entries in it are under a legal hold`] : []),
    // A verifier that row-level security hides rows from would find every copy whole.
    ...(facts.entries - facts.unsequenced === seen
      ? []
      : [`the verifier's login sees ${seen} of ${facts.entries} entries`]),
  ];
}

async function finish(parts: RetentionParts, month: LogMonth): Promise<MonthAnswer> {
  const first = `${month}-01`;
  const { entries, bodies } = await withOperator(parts.access, (tx) => factsOf(tx, month, parts.months));
  if (parts.dryRun) return { kind: "would_drop", month, entries, bodies };
  const goneRow = z.object({ gone: z.int() });
  const batch = (tx: OperatorTx): Promise<z.infer<typeof goneRow>> =>
    tx.one(sql`select audit.erase_month_rows(${first}::date, ${parts.batch ?? BATCH}) as gone`, goneRow);
  while ((await withOperator(parts.access, batch)).gone > 0);
  await withOperator(parts.access, (tx) => tx.run(sql`call audit.drop_month(${first}::date)`));
  return { kind: "dropped", month, entries, bodies };
}
