// Leases as the operator sees them: of every client, suspended or not. Neither a handle nor a hash of one.

import sql from "sql-template-tag";
import { z } from "zod";
import { leaseId, type Instant, type LeaseId, type TenantId } from "#kernel";
import { branded, instantColumn, tenantIdColumn, type OperatorTx, type TenantTx } from "#platform/postgres";
import { BECAUSE, type Because } from "../decide.ts";
import { LEASE_STATES, type LeaseScope, type LeaseState } from "../types.ts";
import { scopeShape } from "./shapes.ts";

export interface ListedLease {
  readonly lease: LeaseId;
  readonly tenant: TenantId;
  readonly run: string;
  readonly purpose: string;
  readonly scope: LeaseScope;
  readonly state: LeaseState;
  readonly because: Because | null;
  readonly note: string | null;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
  readonly endedAt: Instant | null;
  readonly deadBy: Instant | null;
  /** Open, and its minute was over ten seconds ago: no broker looks after it. */
  readonly overdue: boolean;
}

const MOST = 500;

/** Those that are open first; then the newest of those that have ended. */
export const listLeases = (
  tx: OperatorTx,
  tenant: TenantId | null,
  which: "open" | "all",
): Promise<readonly ListedLease[]> =>
  tx.many(
    sql`select tenant_id, lease_id, run, purpose, scope, state, because, note, requested_at, expires_at, ended_at, dead_by,
        ended_at is null and state <> 'irrevocable' and expires_at < clock_timestamp() - interval '10 seconds' as overdue
      from leases.lease where (${tenant}::uuid is null or tenant_id = ${tenant}::uuid) and (${which === "all"} or ended_at is null)
      order by ended_at is not null, lease_id desc limit ${MOST}`,
    row,
  );

const openRow = z.object({ open: z.int() });

/** Of one client: what is not known to have ended, and has not been ended by its provider's own clock. */
export const countOpenLeases = async (tx: OperatorTx, tenant: TenantId): Promise<number> =>
  (
    await tx.one(
      sql`select count(*)::int as open from leases.lease
        where tenant_id = ${tenant}::uuid and ended_at is null and (dead_by is null or dead_by > clock_timestamp())`,
      openRow,
    )
  ).open;

const leftRow = z.object({ irrevocable: z.int(), overdue: z.int() });

/** The tenant's own, as the server sees them: those that could not be revoked, and those that nobody looks after. */
export const leasesLeft = (tx: TenantTx): Promise<{ readonly irrevocable: number; readonly overdue: number }> =>
  tx.one(
    sql`select count(*) filter (where state = 'irrevocable' and (dead_by is null or dead_by > clock_timestamp()))::int as irrevocable,
        count(*) filter (where state <> 'irrevocable' and expires_at < clock_timestamp() - interval '10 seconds')::int as overdue
      from leases.lease where ended_at is null`,
    leftRow,
  );

const row = z
  .object({
    tenant_id: tenantIdColumn,
    lease_id: branded(z.string(), leaseId),
    run: z.string(),
    purpose: z.string(),
    scope: scopeShape,
    state: z.enum(LEASE_STATES),
    because: z.enum(BECAUSE).nullable(),
    note: z.string().nullable(),
    requested_at: instantColumn,
    expires_at: instantColumn,
    ended_at: instantColumn.nullable(),
    dead_by: instantColumn.nullable(),
    overdue: z.boolean(),
  })
  .transform(({ tenant_id, lease_id, requested_at, expires_at, ended_at, dead_by, ...rest }): ListedLease => ({
    ...rest,
    lease: lease_id,
    tenant: tenant_id,
    requestedAt: requested_at,
    expiresAt: expires_at,
    endedAt: ended_at,
    deadBy: dead_by,
  }));
