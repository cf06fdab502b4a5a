// Suspending a client ends all access to its rows at the commit; reinstating gives it back to claims that are signed afterwards.

import sql from "sql-template-tag";
import { z } from "zod";
import { stopAnyway, type Append, type Spool } from "#audit/io";
import type { Instant, TenantId } from "#kernel";
import { withOperator, type OperatorOptions, type OperatorTx } from "#platform/postgres";
import {
  claimFactsRow,
  listTenants,
  record,
  type By,
  type RegistryAccess,
  type Standing,
  type Tenant,
} from "./registry.ts";

/** To suspend: also with a log that takes no entries. */
export interface SuspendAccess extends OperatorOptions, Standing {
  readonly append: Append;
  readonly spool: Spool;
}

interface Asked {
  /** To the letter: a client's name is never guessed. */
  readonly prefix: string;
  readonly reason: string;
  readonly by: By;
}

type NotDone =
  | { readonly kind: "unknown"; readonly there: readonly string[] }
  /** It is being erased, or was. */
  | { readonly kind: "ended"; readonly state: "purging" | "purged" };
export type Suspended = { readonly kind: "suspended" | "already"; readonly tenantId: TenantId } | NotDone;
export type Reinstated =
  | { readonly kind: "reinstated" | "already"; readonly tenantId: TenantId }
  /** It was to leave, and the time in which that could be taken back is over. */
  | { readonly kind: "too_late"; readonly since: Instant }
  | NotDone;

/** A stop. Its entry is the last one that the tenant's log takes: written before the statement that shuts it, in its transaction. */
export const suspend = (access: SuspendAccess, { prefix, reason, by }: Asked): Promise<Suspended> =>
  stopAnyway(access, true, (append) =>
    withOperator(access, async (operator): Promise<Suspended> => {
      const found = await one(operator, prefix);
      if ("kind" in found) return found;
      const { tenantId } = found;
      const facts = await operator.maybe(sql`select * from platform.claim_facts(${tenantId}::uuid)`, claimFactsRow);
      if (facts === null) return { kind: "already", tenantId };
      const tx = await operator.enter(facts);
      const stopped = (await access.standstill?.stop(tx)) ?? 0;
      await record(append, tx, "tenant.suspend", by, { reason, ...(stopped === 0 ? {} : { tickets: stopped }) });
      await operator.one(
        sql`select platform.suspend_tenant(${tenantId}::uuid) as done`,
        z.object({ done: z.literal(true) }),
      );
      return { kind: "suspended", tenantId };
    }),
  );

/** Gives power back, so that it needs the log: its entry is the first one under the new epoch. */
export const reinstate = (access: RegistryAccess, { prefix, reason, by }: Asked): Promise<Reinstated> =>
  withOperator(access, async (operator): Promise<Reinstated> => {
    const found = await one(operator, prefix);
    if ("kind" in found) return found;
    const { tenantId } = found;
    const facts = await operator.maybe(sql`select * from platform.reinstate_tenant(${tenantId}::uuid)`, claimFactsRow);
    if (facts === null)
      return found.hardAfter === null ? { kind: "already", tenantId } : { kind: "too_late", since: found.hardAfter };
    await operator.run(sql`call audit.erase_withdraw(${tenantId}::uuid)`);
    const tx = await operator.enter(facts);
    await record(access.append, tx, "tenant.reinstate", by, { reason });
    await access.standstill?.goOn(tx, access.append, by);
    return { kind: "reinstated", tenantId };
  });

async function one(operator: OperatorTx, prefix: string): Promise<Tenant | NotDone> {
  const found = await oneTenant(operator, prefix);
  if (found.kind === "unknown") return found;
  const { tenant } = found;
  return tenant.state === "purging" || tenant.state === "purged" ? { kind: "ended", state: tenant.state } : tenant;
}

/** Under a lock until the transaction ends: of two at the same moment, the second finds what the first has done. */
export async function oneTenant(
  operator: OperatorTx,
  prefix: string,
): Promise<
  { readonly kind: "tenant"; readonly tenant: Tenant } | { readonly kind: "unknown"; readonly there: readonly string[] }
> {
  await operator.one(
    sql`select pg_advisory_xact_lock(hashtext('tenant state'), hashtext(${prefix}))::text as locked`,
    z.object({ locked: z.string() }),
  );
  const all = await listTenants(operator);
  const found = all.find((tenant) => tenant.prefix === prefix);
  return found === undefined
    ? { kind: "unknown", there: all.map((tenant) => tenant.prefix) }
    : { kind: "tenant", tenant: found };
}
