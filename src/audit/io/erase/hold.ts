import sql from "sql-template-tag";
import { z } from "zod";
import type { EntryId, Instant, TenantId } from "#kernel";
import { instantColumn, withOperator } from "#platform/postgres";
import { enterLog, entryAbout, entryIdColumn, type OperatorActs } from "./acts.ts";

export type Held =
  | { readonly kind: "done"; readonly hold: EntryId }
  | { readonly kind: "refused"; readonly why: string };

export interface LegalHold {
  readonly hold: EntryId;
  readonly since: Instant;
  /** null: in force. */
  readonly lifted: Instant | null;
}

const inactive = {
  kind: "refused",
  why: "There is no active tenant of that name: nothing can be held or lifted for it.",
} as const;

/** From now on nothing of this tenant is erased, whoever orders it. The reason goes into the entry's body. */
export async function setHold(acts: OperatorActs, tenant: TenantId, reason: string): Promise<Held> {
  return withOperator(acts.access, async (tx) => {
    const log = await enterLog(tx, tenant);
    if (log === null) return inactive;
    const body = { act: "set", reason };
    const hold = await acts.append(log, entryAbout(acts, tenant, { kind: "tenant.hold", outcome: "success", body }));
    await log.run(sql`insert into audit.legal_hold (tenant_id, hold_id, act) values (${tenant}, ${hold}, 'set')`);
    return { kind: "done", hold };
  });
}

export async function liftHold(acts: OperatorActs, tenant: TenantId, hold: EntryId, reason: string): Promise<Held> {
  return withOperator(acts.access, async (tx) => {
    const log = await enterLog(tx, tenant);
    if (log === null) return inactive;
    const found = await log.run(sql`insert into audit.legal_hold (tenant_id, hold_id, act)
      select tenant_id, hold_id, 'lift' from audit.legal_hold where tenant_id = ${tenant} and hold_id = ${hold} and act = 'set' on conflict do nothing`);
    if (found === 0) return { kind: "refused", why: `There is no hold ${hold} in force on this tenant.` };
    const body = { act: "lift", hold, reason };
    await acts.append(log, entryAbout(acts, tenant, { kind: "tenant.hold", outcome: "success", body }));
    return { kind: "done", hold };
  });
}

const holdRow = z
  .object({ hold_id: entryIdColumn, since: instantColumn, lifted: instantColumn.nullable() })
  .transform((row): LegalHold => ({ hold: row.hold_id, since: row.since, lifted: row.lifted }));

/** Oldest first, lifted ones included; null: the tenant is not active. */
export async function holdsOf(
  acts: Pick<OperatorActs, "access">,
  tenant: TenantId,
): Promise<readonly LegalHold[] | null> {
  return withOperator(acts.access, async (tx) => {
    const log = await enterLog(tx, tenant);
    return log === null
      ? null
      : log.many(
          sql`select s.hold_id, s.at as since, l.at as lifted from audit.legal_hold s
            left join audit.legal_hold l on l.tenant_id = s.tenant_id and l.hold_id = s.hold_id and l.act = 'lift'
            where s.tenant_id = ${tenant} and s.act = 'set' order by s.at`,
          holdRow,
        );
  });
}
